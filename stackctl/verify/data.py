"""Data: what is written through the app is in MongoDB, a copy is in Redis, and both are gone afterwards."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stackctl.engine.net import HttpRequest
from stackctl.errors import EngineError
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.leftover import forget
from stackctl.verify.story import story

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

NO_APP = "no service has the label stackctl.verify: items, so nothing is written"
NOTHING = "the app took nothing"
# The password is read inside from its file: arguments show in `ps`.
_MONGO = """
const fs = require("fs"), e = process.env, c = encodeURIComponent;
const password = e.MONGO_INITDB_ROOT_PASSWORD || fs.readFileSync(e.MONGO_INITDB_ROOT_PASSWORD_FILE, "utf8").trim();
const login = `${c(e.MONGO_INITDB_ROOT_USERNAME)}:${c(password)}`;
const db = connect(`mongodb://${login}@127.0.0.1:27017/?authSource=admin&serverSelectionTimeoutMS=3000`);
const found = db.getSiblingDB("DATABASE").items.findOne({ _id: ObjectId("ITEM") });
print(found ? "found" : "missing");
"""
_REDIS = (
    'if [ -r /run/secrets/redis_password ]; then REDISCLI_AUTH="$(cat /run/secrets/redis_password)"; '
    'export REDISCLI_AUTH; fi; redis-cli -e get "item:$1"'
)


def requests(site: Site) -> Found:
    """The app takes an item and gives it back."""
    told = story(site)
    if told is None:
        return skipped(NO_APP)
    if told.problem:
        return failed(f"the app does not do its work: {told.problem}", "see: stackctl logs, and /ready of the app")
    return ok("the app takes an item and gives it back")


def store(site: Site) -> Found:
    """The item is in MongoDB, read past the app."""
    told, mongo = story(site), site.kind("mongodb")
    if told is None or mongo is None:
        return skipped(NO_APP if told is None else "there is no MongoDB here")
    if not told.item:
        return skipped(NOTHING)
    said = site.once("mongo", lambda: _in_mongo(site, mongo, told.item))
    if said == "found":
        return ok("the item is in MongoDB")
    return failed(
        f"the item that the app took is not in MongoDB: {said}",
        "is the app connected to this MongoDB? Look at MONGODB_HOST and MONGODB_DATABASE",
    )


def cache(site: Site) -> Found:
    """The second read comes from Redis, and the copy is there."""
    told, redis = story(site), site.kind("redis")
    if told is None or redis is None:
        return skipped(NO_APP if told is None else "there is no Redis here")
    if not told.item:
        return skipped(NOTHING)
    hits = ["nothing", *(answer.headers.get("x-cache", "") for answer in told.reads)]
    said = site.once("redis", lambda: _in_redis(site, redis, told.item))
    if told.item in said and hits[-1] == "hit":
        return ok("a copy is in Redis, and the second read came from it")
    why = f"reads said {', '.join(hits[1:]) or 'nothing'}" if told.item in said else said or "no such key"
    return failed(
        f"the item that the app read is not cached in Redis: {why}",
        "is the app connected to this Redis? Look at REDIS_HOST and CACHE_TTL_SECONDS",
    )


def removed(site: Site) -> Found:
    """What was written is removed again, and the app says so. Never before the stores have been looked at."""
    told = story(site)
    if told is None or not told.item:
        return skipped(NO_APP if told is None else NOTHING)
    if not site.stopped.is_set():
        with suppress(OSError, EngineError):
            store(site)
        with suppress(OSError, EngineError):
            cache(site)
    gone = site.ask(HttpRequest(f"{told.base}/items/{told.item}", "DELETE"))
    after = site.ask(HttpRequest(f"{told.base}/items/{told.item}"))
    if gone.status == 204 and after.status == 404:
        forget(site)
        return ok("the item is removed again")
    return failed(
        f"the item of this test could not be removed: DELETE said {gone.status}, GET after it {after.status}",
        f"curl -X DELETE {told.base}/items/{told.item}",
    )


def _in_mongo(site: Site, mongo: Container, item: str) -> str:
    database = site.app.environment.get("MONGODB_DATABASE", "core") if site.app else "core"
    script = _MONGO.replace("DATABASE", database).replace("ITEM", item)
    words = ("exec", "-e", "HOME=/tmp", mongo.id, "mongosh", "--quiet", "--norc", "--nodb", "--eval", script)
    outcome = site.world.engine.run(words, timeout=site.limit)
    return (outcome.out.strip() or outcome.err.strip() or "no answer").splitlines()[-1]


def _in_redis(site: Site, redis: Container, item: str) -> str:
    outcome = site.world.engine.run(("exec", redis.id, "sh", "-c", _REDIS, "sh", item), timeout=site.limit)
    said = (outcome.out.strip() or outcome.err.strip()).splitlines()
    return said[-1] if said else ""
