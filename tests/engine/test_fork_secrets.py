"""`up --fork-from --new-secrets`: the copy has its data and passwords of its own, and the source notices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.cli import Answer, Json, container, eventually, http, run_in, started
from tests.engine.conftest import Core

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("core")]

STORES = ("mongodb", "redis", "grafana")
SECRETS = ["grafana_admin", "mongo_root", "redis_exporter", "redis_password"]
MONGO = """
    export HOME=/tmp; IFS= read -r login
    mongosh --quiet --norc --nodb --eval "
      try { const at = connect('mongodb://root:$login@127.0.0.1:27017/admin');
            print(at.getSiblingDB('forked').things.countDocuments({})) } catch (error) { print('refused') }"
"""


@dataclass(frozen=True)
class Side:
    """A project and what opens it."""

    core: Core
    project: str

    def secret(self, name: str) -> str:
        return (self.core.cli.home / "projects" / self.project / "secrets" / name).read_text()

    def mongo(self, password: str) -> str:
        script = MONGO.replace("IFS= read -r login", f"login={password}")
        return run_in(container(self.project, "mongodb"), script).splitlines()[-1]

    def redis(self, password: str, words: str) -> str:
        script = f"REDISCLI_AUTH={password} redis-cli --no-auth-warning {words} 2>&1 || true"
        return run_in(container(self.project, "redis"), script)

    def grafana(self, password: str) -> int:
        words = ("urls", "dev", "grafana", "--json", *(("--instance", "own") if self.project.endswith("-own") else ()))
        url = self.core.cli(*words).data["urls"][0]["url"]
        return http(f"{url.rstrip('/')}/login", body={"user": "admin", "password": password}).status


@pytest.fixture
def forked(dev: Core) -> Iterator[tuple[Side, Side, Answer, Json]]:
    """Dev with some data, and a fork of its three stores with secrets of its own."""
    source, copy = Side(dev, dev.project), Side(dev, f"{dev.project}-own")
    login = source.secret("mongo_root")
    run_in(
        container(dev.project, "mongodb"),
        "HOME=/tmp mongosh --quiet --norc --nodb --eval \"connect('mongodb://root:'+process.env.PW+'@127.0.0.1/forked"
        "?authSource=admin').things.insertMany([{},{},{}])\"".replace("HOME=/tmp", f"PW={login} HOME=/tmp"),
    )
    source.redis(source.secret("redis_password"), "set greeting hello")
    before: Json = {name: started(container(dev.project, name)) for name in STORES}
    words = ("up", "dev", *STORES, "--no-deps", "--instance", "own", "--fork-from", "dev")
    plan = dev.cli(*words, "--new-secrets", "--dry-run", "--json").data
    assert plan["new_secrets"] == SECRETS
    answer = dev.cli(*words, "--new-secrets", "--json")
    try:
        yield source, copy, answer, before
    finally:
        dev.cli("instances", "remove", copy.project, "--yes", code=None)


def test_the_copy_opens_with_its_own_passwords_alone(forked: tuple[Side, Side, Answer, Json]) -> None:
    source, copy, answer, before = forked
    told = answer.data["fork"]
    assert (told["source"], told["new_secrets"], told["kept_secrets"]) == (source.project, SECRETS, {})
    assert told["logins_tried"] == sorted(STORES)
    old, new = ({name: side.secret(name) for name in SECRETS} for side in (source, copy))
    assert not set(old.values()) & set(new.values())
    assert source.secret("redis_acl") != copy.secret("redis_acl")
    # The data is there for the new password, and the old one opens nothing.
    assert (copy.mongo(new["mongo_root"]), copy.mongo(old["mongo_root"])) == ("3", "refused")
    assert copy.redis(new["redis_password"], "get greeting") == "hello"
    assert "WRONGPASS" in copy.redis(old["redis_password"], "get greeting")
    assert (copy.grafana(new["grafana_admin"]), copy.grafana(old["grafana_admin"])) == (200, 401)
    # The source is as it was.
    assert {name: started(container(source.project, name)) for name in STORES} == before
    assert (source.mongo(old["mongo_root"]), source.mongo(new["mongo_root"])) == ("3", "refused")
    assert source.redis(old["redis_password"], "get greeting") == "hello"
    assert eventually(lambda: source.grafana(old["grafana_admin"]) == 200, "the source's Grafana lets its own in")
    copy.redis(new["redis_password"], "set greeting changed")
    assert source.redis(old["redis_password"], "get greeting") == "hello"
    # And a next start of the copy has nothing to do: nothing clashes with what its volumes were made with.
    again = source.core.cli("up", "dev", *STORES, "--no-deps", "--instance", "own", "--json").data
    assert again["unchanged"] is True
