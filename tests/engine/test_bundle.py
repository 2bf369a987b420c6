"""`stackctl bundle` and its readers, on a real engine: a stack that fails, broken files, no engine at all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl.bundle.read import Bundle, read_bundle
from tests.engine.cli import RUN, STACKCTL, TOOLS, Cli, sweep

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("bundle")]

FAILS = f"""
services:
  db:
    image: {TOOLS}
    command: [sh, -c, 'echo "ERROR: no disk today"; echo "password is $$DB_PASSWORD"; exit 7']
    environment: {{DB_PASSWORD: "a-long-secret-of-db"}}
  app:
    image: {TOOLS}
    command: [sleep, "600"]
    init: true
    ports: ["127.0.0.1::8000"]
    healthcheck: {{test: [CMD-SHELL, "echo not yet; exit 1"], interval: 300ms, retries: 1000}}
"""
DEAD = "unix:///nonexistent/stackctl-test.sock"


def rows(bundle: Bundle, service: str) -> list[str]:
    """The messages in the log of a service."""
    found = [data for name, data in bundle.files.items() if name.startswith("logs/") and f"-{service}-" in name]
    return [json.loads(line)["message"] for data in found for line in data.splitlines()]


@pytest.fixture(scope="module")
def failed(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A project whose start has failed and left a bundle; the tests share it and leave it as it was."""
    parent = tmp_path_factory.mktemp("bundle")
    folder = parent / f"{RUN}bundle"
    folder.mkdir()
    cli = Cli(folder, parent / "home", folder.name)
    cli.write(compose__yaml=FAILS)
    cli("up", "--bundle-on-failure", "ci.tar.zst", "--json", code=5)
    yield cli
    sweep(cli.token)


def alone(cli: Cli, folder: Path) -> Cli:
    """The command line of somebody who has got the file: no engine, no project, another home."""
    folder.mkdir()
    return Cli(folder, folder / "home", cli.token, {"DOCKER_HOST": DEAD, "PATH": "/nonexistent"})


def test_a_failed_start_leaves_a_bundle_that_says_why(failed: Cli, tmp_path: Path) -> None:
    path = failed.folder / "ci.tar.zst"
    assert path.stat().st_mode & 0o777 == 0o600
    bundle = read_bundle(path)
    assert bundle.manifest.failure is not None
    assert (bundle.manifest.command, bundle.manifest.failure.code) == ("up", "crashed")
    assert not bundle.manifest.missing
    assert rows(bundle, "db") == ["no disk today", "password is ***"]
    health = next(item for item in bundle.json("containers.json") if item["service"] == "app")["probes"]
    assert "not yet" in health[-1]["output"]
    # The engine remembers 256 events of all its containers: beside other tests' health checks ours may be gone.
    assert {item["name"] for item in map(json.loads, bundle.files["events.jsonl"].splitlines())} <= {
        f"{failed.token}-{service}-1" for service in ("app", "db")
    }
    assert bundle.json("config.json")["services"]["db"]["environment"] == {"DB_PASSWORD": "***"}
    text = b"".join(bundle.files.values())
    assert b"a-long-secret-of-db" not in text
    # The same answer from the file alone, and from what is still there.
    here = failed("why", "--json", code=5)
    there = alone(failed, tmp_path / "alone")("why", "--bundle", str(path), "--json", code=5)
    assert [(item["code"], item["service"]) for item in there.data["verdicts"]] == [("crashed", "db")]
    assert there.data["verdicts"][0]["cause"] == here.data["verdicts"][0]["cause"]
    said = alone(failed, tmp_path / "text")("why", "--bundle", str(path), code=5)
    assert "stackctl up ended with 5" in said.out
    assert "no disk today" in said.out


def test_the_failure_keeps_its_exit_code_and_names_the_file(failed: Cli) -> None:
    (failed.folder / "mine.txt").write_text("keep me")
    answer = failed("wait", "--timeout", "2s", "--bundle-on-failure", "mine.txt", code=7)
    assert "is no bundle" in answer.err
    assert (failed.folder / "mine.txt").read_text() == "keep me"
    # An earlier bundle is replaced.
    before = (failed.folder / "ci.tar.zst").read_bytes()
    (failed.folder / "again.tar.zst").write_bytes(before)
    answer = failed("wait", "app", "--timeout", "2s", "--bundle-on-failure", "again.tar.zst", "--json", code=6)
    assert answer.error["code"] == "not-ready"
    assert [item["code"] for item in answer.envelope["findings"]][-1] == "bundle-written"
    assert (failed.folder / "again.tar.zst").read_bytes() != before
    answer = failed("up", "--bundle-on-failure", "/proc/nowhere/x.tar.zst", code=5)
    assert "no bundle was written" in answer.err
    # What goes well leaves nothing.
    failed("up", "--dry-run", "--bundle-on-failure", "well.tar.zst")
    assert not (failed.folder / "well.tar.zst").exists()


def test_what_cannot_be_had_is_named(failed: Cli) -> None:
    dead = failed.having(DOCKER_HOST=DEAD)
    answer = dead("bundle", "-o", "dead.tar.zst", "--json")
    missing = {item["name"]: item["why"]["code"] for item in answer.data["missing"]}
    assert {"containers.json", "evidence.json", "logs/", "engine.json"} <= missing.keys()
    assert set(missing.values()) == {"engine-unreachable"}
    assert {item["name"] for item in answer.data["files"]} >= {"versions.json", "doctor.json", "config.json"}
    assert dead("why", "--bundle", "dead.tar.zst", "--json", code=4).error["code"] == "engine-unreachable"
    failed.write(compose__yaml="services: {app: [\n")
    try:
        answer = failed("bundle", "-o", "broken.tar.zst")
    finally:
        failed.write(compose__yaml=FAILS)
    assert "config.json is missing" in answer.out
    assert failed("why", "--bundle", "broken.tar.zst", "--json", code=3).error["code"] == "yaml-invalid"


def test_files_and_names(failed: Cli) -> None:
    assert failed("bundle", "-o", "ci.tar.zst", code=7).err
    assert failed("bundle", "-o", ".", code=2).err
    assert "no service" in failed("bundle", "db", code=2).err
    answer = failed("bundle", "--dry-run", "--json")
    assert not answer.data["written"]
    assert not Path(answer.data["file"]).exists()
    path = Path(failed("bundle", "--json").data["file"])
    assert path.name.startswith(f"stackctl-{failed.token}")
    assert path.is_file()
    (failed.folder / "cut.tar.zst").write_bytes(path.read_bytes()[:-9])
    for name, code in (("cut.tar.zst", "bundle-damaged"), ("compose.yaml", "bundle-damaged"), ("none", "no-file")):
        assert failed("why", "--bundle", name, "--json", code=3).error["code"] == code


def test_a_terminal_is_told_what_is_in_it_before_it_is_written(failed: Cli) -> None:
    script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    done = subprocess.run(
        (sys.executable, "-c", script, str(STACKCTL), "bundle", "-o", "seen.tar.zst"),
        cwd=failed.folder,
        env={**failed.environment(), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout)
    assert done.returncode == 0, done
    words = ("config.json", "evidence.json", "Review it before you share it", "is written")
    places = [said.find(word) for word in words]
    assert places == sorted(places), said
    assert places[0] >= 0, said
    assert (failed.folder / "seen.tar.zst").stat().st_mode & 0o777 == 0o600
