"""`reset` and `x-stackctl.seed` on real stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli import Cli, container, containers, docker, ended, eventually, run_in, states, volumes

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("reset")]

COMPOSE = """
services:
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes"]
    volumes: [cachedata:/data]
  files:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    volumes: [filedata:/srv]
  app:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [cache, files]
    volumes: ["./seed.sh:/seed.sh:ro", "filedata:/srv"]
volumes: {cachedata: , filedata: }
"""
SEED = """
x-stackctl:
  seed:
    cache: seeds/cache.tar
    files: {command: [sh, /seed.sh], in: app}
"""
RUNS = dict.fromkeys(("app", "cache", "files"), "running")


def keys(cli: Cli) -> str:
    return run_in(container(cli.folder.name, "cache"), "redis-cli DBSIZE")


def files(cli: Cli) -> str:
    return run_in(container(cli.folder.name, "files"), "cd /srv && ls -A")


def state(cli: Cli) -> dict[str, str]:
    found: dict[str, str] = json.loads((cli.home / "projects" / cli.folder.name / "seeds.json").read_text())
    return found


@pytest.fixture
def shop(project: Callable[..., Cli]) -> Cli:
    cli = project(compose__yaml=COMPOSE)
    (cli.folder / "seed.sh").write_text("echo one > /srv/one; [ -e /bad ] || exit 0; echo 'no luck' >&2; exit 3\n")
    cli("up", "-q")
    run_in(container(cli.folder.name, "cache"), "redis-cli MSET a 1 b 2 c 3")
    (cli.folder / "seeds").mkdir()
    cli("backup", "cache", "-o", "seeds/cache.tar", "-q")
    return cli


def test_reset_shows_asks_saves_and_can_be_undone(shop: Cli) -> None:
    run_in(container(shop.folder.name, "files"), "echo mine > /srv/mine")
    was = [volumes(shop.folder.name), container(shop.folder.name, "cache")]
    shown = shop("reset", "--dry-run", "--json").data
    assert set(shown["volumes"]) == set(volumes(shop.folder.name))
    refused = shop("reset", "cache", "--json", code=7)
    assert refused.error["code"] == "needs-yes"
    assert "cachedata" in refused.error["message"]
    assert [volumes(shop.folder.name), container(shop.folder.name, "cache")] == was
    done = shop("reset", "cache", "--yes", "--json").data
    assert (keys(shop), files(shop)) == ("0", "mine"), "the other one keeps its data"
    assert states(shop.folder.name) == RUNS
    sets = {item["id"]: item for item in shop("backups", "--json").data["sets"]}
    assert sets[done["safety_copy"]]["pinned"]
    shop("restore", "undo", "--yes", "-q")
    assert keys(shop) == "3"
    assert "did you mean “cache”" in shop("reset", "cahce", code=2).text


def test_seeds_fill_what_a_start_makes_and_nothing_else(shop: Cli) -> None:
    run_in(container(shop.folder.name, "files"), "echo mine > /srv/mine")
    shop.write(compose__yaml=COMPOSE + SEED)
    shop("up", "-q")
    assert (keys(shop), files(shop)) == ("3", "mine"), "data that was there is never filled over"
    shop("down", "--volumes", "--yes")
    first = shop("up", "--json").data
    assert sorted(first["filled"]) == ["cache", "files"]
    assert (keys(shop), files(shop)) == ("3", "one")
    run_in(container(shop.folder.name, "cache"), "redis-cli SET d 4")
    again = shop("up", "--json").data
    assert again["unchanged"]
    assert "filled" not in again
    assert keys(shop) == "4"
    assert sorted(shop("reset", "--yes", "--json").data["filled"]) == ["cache", "files"]
    assert (keys(shop), files(shop)) == ("3", "one")
    assert states(shop.folder.name) == RUNS


def test_a_seed_that_fails_says_so_and_is_tried_anew(shop: Cli) -> None:
    shop("down", "--volumes", "--yes")
    script = shop.folder / "seed.sh"
    good = script.read_text()
    script.write_text("echo half > /srv/half; echo 'no luck' >&2; exit 3\n")
    shop.write(compose__yaml=COMPOSE + SEED)
    failed = shop("up", "--json", code=8)
    assert failed.error["code"] == "seed-failed"
    assert "no luck (exit code 3)" in failed.error["message"]
    assert states(shop.folder.name) == RUNS, "all runs, with an empty store"
    assert files(shop) == "", "and what it left is gone"
    assert state(shop) == {"cache": "done", "files": "due"}
    script.write_text(good)
    assert shop("up", "--json").data["filled"] == ["files"]
    assert files(shop) == "one"
    (shop.folder / "seeds" / "cache.tar").write_bytes(b"no set")
    failed = shop("reset", "cache", "--yes", "--json", code=8)
    assert "cache.tar is no whole set" in failed.error["message"]
    assert keys(shop) == "0"


def test_a_seed_that_was_killed_is_not_taken_for_whole(shop: Cli) -> None:
    shop("down", "--volumes", "--yes")
    (shop.folder / "seed.sh").write_text("echo half > /srv/half; sleep 300\n")
    shop.write(compose__yaml=COMPOSE + SEED)
    with ended(shop.start("up")) as process:
        name = shop.folder.name
        eventually(lambda: ("files" in containers(name) and "half" in files(shop)) or None, "the seed has begun")
        process.kill()
    findings = shop("up", "--json").envelope["findings"]
    assert [item["code"] for item in findings if item["code"].startswith("seed")] == ["seed-interrupted"]
    assert files(shop) == "half", "whose it is nobody can tell: nothing is removed"
    docker("restart", "-t", "0", container(name, "app"))
    (shop.folder / "seed.sh").write_text("echo one > /srv/one\n")
    shop("reset", "files", "--yes", "-q")
    assert files(shop) == "one"


def test_a_kill_after_the_volumes_went_is_finished_by_the_next_command(shop: Cli, tmp_path: Path) -> None:
    name = shop.folder.name
    journal = shop.home / "projects" / name / "backup-journal.json"
    made = shop("backup", "cache", "--json").data
    ids = [container(name, "cache")]
    facts = {
        "operation": "reset",
        "phase": "remove",
        "containers": ids,
        "volumes": [f"{name}_cachedata"],
        "stopped": [],
    }
    journal.write_text(json.dumps(facts))
    said = shop("up")
    assert "an interrupted reset was finished" in said.err
    assert (keys(shop), states(name)) == ("0", RUNS)
    shop("restore", made["id"], "cache", "--yes", "-q")
    assert keys(shop) == "3"
