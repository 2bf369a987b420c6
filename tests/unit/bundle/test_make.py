"""What is in a bundle, what is hidden in it, and what is named where it cannot be had."""

from __future__ import annotations

import base64
import io
import json
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from stackctl.bundle.judge import evidence_in, judge_again
from stackctl.bundle.make import make
from stackctl.bundle.manifest import NAME, README
from stackctl.bundle.read import bundle_of
from stackctl.bundle.scrub import Scrubber
from stackctl.bundle.subject import Subject
from stackctl.engine.run import Outcome
from stackctl.engine.values import Probe
from stackctl.errors import ConfigError, StackctlError, StartError
from stackctl.lifecycle.explain import Known, explain
from stackctl.lifecycle.failure import explained
from stackctl.workspace.codec import zstd
from stackctl.workspace.find import Place
from tests.unit.bundle.made import DeadEngine, bundle, json_of, missing, subject, unpacked
from tests.unit.fakes import START
from tests.unit.lifecycle.made import Shop, ShopEngine, make_shop

ALWAYS = {"versions.json", "doctor.json", "disk.json"}
WHOLE = ALWAYS | {
    *("engine.json", "config.json", "containers.json", "events.jsonl", "evidence.json", "verdict.json"),
    *("timeline.json", "drift.json", "ports.json"),
}
STAMP = b"2026-01-02T03:04:05.000000000Z"


@pytest.fixture
def running(tmp_path: Path) -> Shop:
    made = make_shop(tmp_path)
    made.up()
    return made


def says(shop: Shop, service: str, *texts: str) -> None:
    """Let the containers of a service have these lines in their logs."""
    for item in shop.engine.there:
        if item.service == service:
            shop.engine.log_lines[item.id] = [(STAMP, 1, text.encode()) for text in texts]


def breaks(shop: Shop, service: str, **facts: Any) -> None:
    there = [replace(item, **facts) if item.service == service else item for item in shop.engine.there]
    shop.engine.there = there


def test_everything_is_in_it_and_reads_back(running: Shop) -> None:
    says(running, "web", "INFO: hello", '{"level":"error","msg":"no","n":1}')
    made = bundle(running)
    files = unpacked(made.data)
    assert list(files)[:2] == [NAME, README]
    assert missing(made) == {}
    assert files.keys() >= WHOLE
    web = next(name for name in files if name.startswith("logs/") and "-web-" in name)
    rows = [json.loads(line) for line in files[web].splitlines()]
    assert [(row["level"], row["message"], row["fields"]) for row in rows] == [
        ("info", "hello", {}),
        ("error", "no", {"n": 1}),
    ]
    read = bundle_of(made.data)
    assert read.manifest == made.manifest
    assert read.files.keys() == files.keys() - {NAME}
    assert read.json("ports.json")[0]["service"] == "web"


def test_the_archive_tells_nothing_of_the_machine_that_packed_it(running: Shop) -> None:
    data = zstd().decompress(bundle(running).data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for item in archive:
            assert (item.uid, item.gid, item.uname, item.gname) == (0, 0, "", "")
            assert stat.S_IMODE(item.mode) == 0o600


def test_a_secret_stands_in_it_in_no_form(running: Shop) -> None:
    secret = running.secret.read_text().strip()
    odd = 'p$ss"w/rd=ü&1'
    running.service("extra")["environment"] = {"EXTRA_TOKEN": odd}
    forms = [
        *(secret, base64.b64encode(secret.encode()).decode(), base64.b64encode(f"root:{secret}".encode()).decode()),
        *(
            odd,
            quote(odd, safe=""),
            json.dumps(odd)[1:-1],
            odd.replace("$", "$$"),
            base64.b64encode(odd.encode()).decode(),
        ),
    ]
    says(running, "web", *(f"it is {form}!" for form in forms), *(json.dumps({"msg": form, form: 1}) for form in forms))
    told = Probe(START, 1, f"refused {odd} {secret}")
    breaks(running, "web", probes=(told,), error=f"cannot {odd}", labels={"stackctl.x": secret})
    running.engine.said_by = {}
    made = bundle(running)
    text = b"\n".join(unpacked(made.data).values()).decode()
    for form in forms:
        assert form not in text, form
    logs = next(item for item in made.manifest.files if "-web-" in item.name)
    assert logs.redacted["known value"] >= 2 * len(forms)
    assert next(item for item in made.manifest.files if item.name == "containers.json").redacted["known value"] >= 4


def test_what_only_looks_like_a_secret_is_hidden_and_counted(running: Shop) -> None:
    token = "ghp_" + "aB3dE5fG7h" * 4
    says(running, "web", f"cloning with {token}", f"# gitleaks:allow {token}")
    made = bundle(running)
    assert token.encode() not in b"".join(unpacked(made.data).values())
    logs = next(item for item in made.manifest.files if "-web-" in item.name)
    assert logs.redacted == {"GitHub token": 2}


class Fails(Scrubber):
    """Cannot scrub what has a certain word in it."""

    def text(self, text: str) -> str:
        if text == "acme/extra:1":
            raise RecursionError
        return super().text(text)


def test_a_file_that_cannot_be_scrubbed_is_left_out_and_named(running: Shop) -> None:
    made = make(subject(running), lambda: Fails(running.doors.mask))
    files = unpacked(made.data)
    gone = WHOLE - files.keys()
    assert {"config.json", "containers.json", "evidence.json"} <= gone
    assert missing(made)["config.json"].startswith("left out, its secrets could not be taken away")
    assert "timeline.json" in files
    bundle_of(made.data)


def test_what_the_engine_noted_is_kept_without_what_it_knows_besides(running: Shop) -> None:
    facts = {"name": "shop-db-1", "exitCode": "7", "com.docker.compose.project.config_files": "/home/me/x.yml"}
    line = {
        "Type": "container",
        "Action": "die",
        "timeNano": 5,
        "Actor": {"ID": "abcdef0123456789", "Attributes": facts},
    }
    heard: list[Sequence[str]] = []

    class Noting(ShopEngine):
        def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
            heard.append(argv)
            return Outcome(0, f"{json.dumps(line)}\nsome warning\n" if argv[0] == "events" else "", "", 0.0)

    noting = Noting(running.engine.model, running.home)
    running.doors.world = replace(running.doors.world, engine=noting)
    files = unpacked(bundle(running).data)
    assert [json.loads(row) for row in files["events.jsonl"].splitlines()] == [
        {
            "time_nano": 5,
            "type": "container",
            "action": "die",
            "name": "shop-db-1",
            "id": "abcdef012345",
            "facts": {"exitCode": "7"},
        }
    ]
    asked = next(words for words in heard if words[0] == "events" and "event=kill" in words)
    assert f"label=com.docker.compose.project={running.target.project}" in asked


def test_without_an_engine_the_rest_is_there_and_what_is_missing_is_named(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.up()
    dead = DeadEngine(shop.engine.model, shop.home)
    shop.doors.world = replace(shop.doors.world, engine=dead)
    made = bundle(shop)
    gaps = missing(made)
    assert unpacked(made.data).keys() >= ALWAYS | {"config.json"}
    assert {"engine.json", "containers.json", "evidence.json", "verdict.json", "logs/"} <= gaps.keys()
    assert set(gaps.values()) == {"the Docker engine does not answer"}
    assert any("only the containers could tell" in note for note in made.manifest.notes)
    with pytest.raises(StackctlError) as raised:
        evidence_in(bundle_of(made.data))
    assert (raised.value.exit_code, raised.value.code) == (4, "engine-unreachable")


def test_with_broken_files_the_rest_is_there(running: Shop) -> None:
    says(running, "db", "still here")
    running.engine.model_error = ConfigError("Compose rejects the model", "correct the file")
    made = bundle(running)
    files = unpacked(made.data)
    assert missing(made)["config.json"] == "Compose rejects the model"
    assert files.keys() >= ALWAYS | {"containers.json", "events.jsonl"}
    assert any(b"still here" in data for data in files.values())


def test_without_a_target_it_says_why(running: Shop) -> None:
    place, problem = Place(running.root, plain=False), ConfigError("base.yml: line 3 is no YAML")
    made = make(Subject(running.doors.world, place, None, problem))
    assert unpacked(made.data).keys() >= ALWAYS
    assert missing(made)["config.json"] == "base.yml: line 3 is no YAML"


def test_the_same_verdict_from_the_bundle_as_from_the_stack(running: Shop) -> None:
    breaks(running, "db", state="exited", exit_code=3, health="")
    breaks(running, "web", state="created", started=None, health="")
    live = explain(running.doors.world, running.target)
    assert [(item.code, item.service) for item in live] == [("crashed", "db")]
    made = bundle(running)
    read = bundle_of(made.data)
    assert judge_again(evidence_in(read)) == live
    assert json_of(made, "verdict.json") == [item.as_dict() for item in live]
    assert [item.service for item in judge_again(evidence_in(read), ("web",))] == ["db"]
    with pytest.raises(StackctlError, match="no service is called"):
        judge_again(evidence_in(read), ("wep",))


def test_after_a_failure_the_evidence_is_what_its_verdict_was_made_of(running: Shop) -> None:
    breaks(running, "extra", state="created", started=None)
    complaint = 'Conflict. The container name "/extra" is already in use by container "abc". extra '
    failed = explained(running.doors.world, running.target, StartError("no"), Known(complaint=complaint))
    assert failed.code == "name-in-use"
    breaks(running, "extra", state="running", started=START)
    read = bundle_of(bundle(running, failed).data)
    assert [item.code for item in judge_again(evidence_in(read))] == ["name-in-use"]
    assert read.manifest.failure is not None
    assert (read.manifest.command, read.manifest.failure.exit_code) == ("up", 5)


def test_a_line_of_megabytes_is_cut_and_the_last_lines_are_kept(running: Shop) -> None:
    says(running, "web", "first", "x" * 3_000_000, "last")
    made = bundle(running)
    name = next(item.name for item in made.manifest.files if "-web-" in item.name)
    rows = [json.loads(line) for line in unpacked(made.data)[name].splitlines()]
    assert [row["message"][:5] for row in rows] == ["first", "xxxxx", "last"]
    assert rows[1]["message"].endswith("bytes)")
