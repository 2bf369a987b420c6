"""Secrets through the command line: listed, changed, shared with a teammate, looked for, revealed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.engine.cli import TOOLS, Answer, Cli, container, put, run_in
from tests.engine.conftest import Core

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("secrets")]

# The secrets of the core stack that have a value of their own.
NAMES = ["grafana_admin", "mongo_root", "redis_exporter", "redis_password"]
VALUES = {
    "words": "correct horse battery staple",
    "lines": "-----BEGIN X-----\nabc=\n\nlast",
    "quotes": "a'b\"c`d $HOME ${X:?no} $$ \\n \\",
    "controls": "a\x01\x7f\tb\r\nc",
    "letters": "pässwörd→✓ пароль",
    "64 KiB": "0123456789abcdef" * 4096,
}


def folder_of(cli: Cli, environment: str = "dev") -> Path:
    return cli.home / "projects" / f"{cli.token}-core-{environment}" / "secrets"


def stored(cli: Cli) -> dict[str, str]:
    return {name: cli("secrets", "show", name).out.removesuffix("\n") for name in NAMES}


def with_identity(cli: Cli) -> str:
    """Make this home's key, let it open what is sealed, and give the public key."""
    public = cli("secrets", "identity").out.strip()
    cli("secrets", "recipients", "add", public, "--name", "Anna")
    return public


def teammate(cli: Cli, place: Path) -> Cli:
    """The same checkout on another machine: what is committed, and a home that knows nothing."""
    place.mkdir()
    clone = place / cli.folder.name
    shutil.copytree(cli.folder, clone, ignore=shutil.ignore_patterns(".stackctl", "dev.env", "prod.env"))
    return Cli(clone, place / "home", cli.token, {"HOME": str(place)})


@pytest.fixture
def anna(workspace: Cli, tmp_path: Path) -> Cli:
    """Somebody who has the secrets, and no SSH key."""
    (tmp_path / "anna").mkdir()
    cli = workspace.having(HOME=str(tmp_path / "anna"))
    cli("secrets", "generate")
    return cli


@pytest.fixture
def sealed(anna: Cli) -> Cli:
    with_identity(anna)
    anna("secrets", "seal")
    return anna


def sealed_file(cli: Cli) -> Path:
    return cli.folder / "env" / "core" / "dev.secrets.age"


class TestValues:
    def test_generate_makes_what_is_missing_once(self, anna: Cli) -> None:
        before = stored(anna)
        assert anna("secrets", "generate", "--json").data["secrets"] == []
        again = anna("secrets", "generate", "redis_password", "--json").data
        assert (again["secrets"], again["derived"], again["services"]) == (
            ["redis_password"],
            ["redis_acl"],
            ["core", "redis"],
        )
        after = stored(anna)
        assert [name for name in NAMES if before[name] != after[name]] == ["redis_password"]
        assert anna("secrets", "show", "redis_password", "--previous").out == before["redis_password"] + "\n"

    def test_modes(self, anna: Cli) -> None:
        anna("secrets", "set", "redis_password", stdin="another-value")
        for path in [anna.home, *anna.home.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            if path.is_dir():
                assert mode == 0o700, path
            else:
                assert mode == (0o644 if path.parent.name == "secrets" else 0o600), path

    def test_list(self, anna: Cli) -> None:
        data = anna("secrets", "list", "--json").data
        rows = {row["name"]: row for row in data["secrets"]}
        assert {name: row["services"] for name, row in rows.items()} == {
            "grafana_admin": ["grafana"],
            "mongo_root": ["core", "mongodb"],
            "redis_acl": ["redis"],
            "redis_exporter": [],
            "redis_exporter_file": ["redis-exporter"],
            "redis_password": ["core", "redis"],
        }
        assert {row["state"] for row in rows.values()} == {"kept"}
        assert rows["redis_acl"]["derived_from"] == ["redis_password", "redis_exporter"]
        assert len({row["digest"] for row in rows.values()}) == len(rows)
        text = anna("secrets", "list").out
        assert not [value for value in stored(anna).values() if value in text]
        put(folder_of(anna) / "redis_password", "changed-by-hand")
        put(folder_of(anna) / "nobody_reads", "x" * 3 + "yz-long-enough")
        (folder_of(anna) / "grafana_admin").unlink()
        states = {row["name"]: row["state"] for row in anna("secrets", "list", "--json").data["secrets"]}
        assert states == {
            "grafana_admin": "missing",
            "mongo_root": "kept",
            "nobody_reads": "unused",
            "redis_acl": "stale",
            "redis_exporter": "kept",
            "redis_exporter_file": "kept",
            "redis_password": "kept",
        }

    @pytest.mark.parametrize("kind", VALUES)
    def test_any_text_goes_in_and_comes_out(self, anna: Cli, kind: str) -> None:
        value = VALUES[kind]
        anna("secrets", "set", "grafana_admin", stdin=value + "\n")
        assert (folder_of(anna) / "grafana_admin").read_bytes() == value.encode()
        done = subprocess.run(
            [*anna("secrets", "show", "grafana_admin").argv],
            cwd=anna.folder,
            env=anna.environment(),
            capture_output=True,
            check=True,
        )
        assert done.stdout == value.encode() + b"\n"

    @pytest.mark.parametrize(
        ("words", "data", "code", "said"),
        [
            (("set", "redis_password"), b"", 2, "nothing came"),
            (("set", "redis_password"), b"\n", 3, "is empty"),
            (("set", "redis_password"), b" CANARYx", 3, "starts or ends with a blank"),
            (("set", "redis_password"), b"CANARY\0x", 3, "NUL"),
            (("set", "redis_password"), b"\xff\xfeCANARY", 3, "not UTF-8"),
            (("set", "redis_password"), b"CANARY" * 100_000, 2, "more than 500000 bytes"),
            (("set", "redis_password", "CANARY"), b"", 2, "never given on the command line"),
            (("set", "redis_acl"), b"CANARY", 2, "made from redis_password"),
            (("set", "redis_pasword"), b"CANARY", 2, "did you mean “redis_password”"),
            (("set", "../x", "--new"), b"CANARYCANARY", 3, "cannot be a secret's name"),
            (("set",), b"CANARY", 2, "one name of a secret"),
            (("generate", "redis_pasword"), b"", 2, "did you mean “redis_password”"),
            (("generate", "redis_acl"), b"", 2, "made from redis_password"),
            (("generate", "redis_password", "--recipe", "rot13(32)"), b"", 3, "rot13"),
            (("generate", "--recipe", "hex(32)"), b"", 2, "needs the names"),
            (("remove", "redis_password"), b"", 7, "would be removed"),
            (("remove", "redis_pasword", "-y"), b"", 2, "did you mean “redis_password”"),
            (("show", "redis_pasword"), b"", 2, "did you mean “redis_password”"),
            (("show", "redis_password", "--previous"), b"", 2, "had no other value"),
            (("list", "dve"), b"", 2, "did you mean “dev”"),
            (("list", "-e", "dve"), b"", 2, "did you mean “dev”"),
            (("recipients", "add", "-"), b"CANARY", 2, "that is no public key"),
            (("recipients", "add", "age1nonsense"), b"", 2, "“age1nonsense” is no public key"),
            (("recipients", "add"), b"", 2, "a public key is needed"),
            (("recipients", "remove", "Eve"), b"", 2, "no recipient is called “Eve”"),
            (("lst",), b"", 2, "No such command|no such command"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_bad_input_changes_nothing(
        self, anna: Cli, words: tuple[str, ...], data: bytes, code: int, said: str
    ) -> None:
        before = {path: path.read_bytes() for path in folder_of(anna).iterdir()}
        for more in ((), ("--json",)):
            done = subprocess.run(
                [anna("version").argv[0], "secrets", *words, *more],
                cwd=anna.folder,
                env=anna.environment(),
                input=data,
                capture_output=True,
                check=False,
            )
            text = (done.stdout + done.stderr).decode()
            assert done.returncode == code, text
            assert any(part in text for part in said.split("|")), text
            assert "CANARY" not in text
            assert "Traceback" not in text
        assert {path: path.read_bytes() for path in folder_of(anna).iterdir()} == before

    def test_remove_keeps_the_last_value_until_it_is_to_be_forgotten(self, anna: Cli) -> None:
        value = stored(anna)["grafana_admin"]
        anna("secrets", "remove", "grafana_admin", "--yes")
        assert "grafana_admin" not in [path.name for path in folder_of(anna).iterdir()]
        assert anna("secrets", "show", "grafana_admin", "--previous").out.strip() == value
        anna("secrets", "remove", "grafana_admin", "--forget", "--yes")
        assert anna("secrets", "show", "grafana_admin", "--previous", code=2).out == ""

    def test_a_dry_run_changes_nothing(self, anna: Cli) -> None:
        before = stored(anna)
        for words in (("generate", "redis_password"), ("set", "redis_password"), ("remove", "redis_password")):
            assert anna("secrets", *words, "--dry-run", "--json").data["dry_run"] is True
        assert stored(anna) == before

    def test_two_environments_have_values_of_their_own(self, anna: Cli) -> None:
        anna("secrets", "generate", "-e", "prod")
        assert anna("secrets", "show", "mongo_root").out != anna("secrets", "show", "mongo_root", "-e", "prod").out

    def test_a_prompt_takes_a_value_twice_and_shows_nothing(self, anna: Cli) -> None:
        import pty

        parent, child = pty.openpty()
        argv = [anna("version").argv[0], "secrets", "set", "grafana_admin"]
        process = subprocess.Popen(
            argv, cwd=anna.folder, env=anna.environment(), stdin=child, stdout=child, stderr=child
        )
        os.close(child)
        shown = b""
        for wanted in (b"value of grafana_admin: ", b"the same again: "):
            while wanted not in shown:
                shown += os.read(parent, 1024)
            os.write(parent, b"typed-by-hand-1\n")
        assert process.wait(60) == 0
        try:
            while more := os.read(parent, 4096):
                shown += more
        except OSError:
            pass  # the other side is closed
        os.close(parent)
        assert b"typed-by-hand" not in shown
        assert stored(anna)["grafana_admin"] == "typed-by-hand-1"


class TestSharing:
    def test_a_teammate_clones_unseals_and_starts(self, sealed: Cli, tmp_path: Path) -> None:
        ben = teammate(sealed, tmp_path / "ben")
        before = sorted(tmp_path.glob("ben/home/**/*"))
        missing = ben("secrets", "unseal", code=3, env={}).text
        assert "there is no key here" in missing
        public = ben("secrets", "identity").out.strip()
        wrong = ben("secrets", "unseal", "--json", code=3)
        assert wrong.error["code"] == "sealed-for-others"
        assert list((ben.home / "projects").rglob("secrets/*")) == [] == before
        sealed("secrets", "recipients", "add", public, "--name", "Ben")
        assert "sealed again" in sealed("secrets", "seal").out
        for name in ("recipients", "dev.secrets.age"):
            shutil.copy(sealed.folder / "env" / "core" / name, ben.folder / "env" / "core" / name)
        data = ben("secrets", "unseal", "--json").data
        assert (data["added"], sorted(data["derived"])) == (NAMES, ["redis_acl", "redis_exporter_file"])
        assert stored(ben) == stored(sealed)
        ben("up", "dev", "redis", "--auto-ports")
        number = container(f"{ben.token}-core-dev", "redis")
        assert run_in(number, "cat /run/secrets/redis_password") == stored(sealed)["redis_password"]
        assert stored(ben) == stored(sealed), "the start generated nothing"

    def test_any_text_is_sealed_and_unsealed(self, sealed: Cli, tmp_path: Path) -> None:
        for number, value in enumerate(VALUES.values()):
            sealed("secrets", "set", f"value{number}", "--new", stdin=value)
        sealed("secrets", "seal")
        ben = teammate(sealed, tmp_path / "ben")
        ben("secrets", "unseal", "-i", str(sealed.home / "identity"))
        for number, value in enumerate(VALUES.values()):
            assert (folder_of(ben) / f"value{number}").read_bytes() == value.encode()

    def test_only_what_changed_changes_in_the_file(self, sealed: Cli) -> None:
        before = sealed_file(sealed).read_text()
        sealed("secrets", "seal")
        assert sealed_file(sealed).read_text() == before
        sealed("secrets", "generate", "mongo_root")
        assert sealed("secrets", "seal", "--json").data["changed"] == ["mongo_root"]
        old, new = before.split("\n\n"), sealed_file(sealed).read_text().split("\n\n")
        assert [one == other for one, other in zip(old, new, strict=True)] == [True, True, False, True, True]
        assert [part.splitlines()[0].split("]")[0] for part in new[1:]] == [f"[secret {name}" for name in NAMES]

    def test_changes_travel_both_ways_and_clash_only_where_both_changed(self, sealed: Cli, tmp_path: Path) -> None:
        ben = teammate(sealed, tmp_path / "ben").having(STACKCTL_IDENTITY=str(sealed.home / "identity"))
        ben("secrets", "unseal")
        sealed("secrets", "set", "mongo_root", stdin="of-anna")
        sealed("secrets", "seal")
        ben("secrets", "set", "grafana_admin", stdin="of-ben")
        shutil.copy(sealed_file(sealed), sealed_file(ben))
        assert ben("secrets", "seal", "--json").data["changed"] == ["grafana_admin"]
        assert ben("secrets", "unseal", "--json").data["replaced"] == ["mongo_root"]
        assert stored(ben)["mongo_root"] == "of-anna"
        shutil.copy(sealed_file(ben), sealed_file(sealed))
        sealed("secrets", "set", "grafana_admin", stdin="of-anna-too")
        for words in (("unseal",), ("seal",)):
            assert sealed("secrets", *words, "--json", code=7).error["code"] == "sealed-conflict"
        assert stored(sealed)["grafana_admin"] == "of-anna-too"
        sealed("secrets", "unseal", "--replace")
        assert stored(sealed)["grafana_admin"] == "of-ben"
        assert sealed("secrets", "show", "grafana_admin", "--previous").out == "of-anna-too\n"

    def test_a_sensitive_variable_of_the_env_file_is_sealed_too(self, sealed: Cli, tmp_path: Path) -> None:
        template = sealed.folder / "env" / "core" / "dev.env.template"
        template.write_text(template.read_text() + "\n# Ours.\n# @sensitive @required\nSHOP_API_KEY=\n")
        put(sealed.folder / "env" / "core" / "dev.env", "SHOP_API_KEY='it''s'\n".replace("''", " $x "))
        assert sealed("secrets", "seal", "--json").data["added"] == ["SHOP_API_KEY"]
        ben = teammate(sealed, tmp_path / "ben")
        ben("secrets", "unseal", "-i", str(sealed.home / "identity"))
        path = ben.folder / "env" / "core" / "dev.env"
        assert "SHOP_API_KEY='it $x s'\n" in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        ben("up", "dev", "redis", "--auto-ports")
        assert "SHOP_API_KEY='it $x s'\n" in path.read_text()

    def test_an_environment_with_recipients_of_its_own(self, sealed: Cli, tmp_path: Path) -> None:
        sealed("secrets", "generate", "-e", "prod")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "ops")], check=True)
        sealed("secrets", "recipients", "add", "--only", "-e", "prod", str(tmp_path / "ops.pub"))
        sealed("secrets", "seal", "prod")
        assert "is not sealed for your key" in sealed("secrets", "unseal", "prod", code=3).text
        sealed("secrets", "unseal", "prod", "-i", str(tmp_path / "ops"))
        assert len(sealed("secrets", "recipients", "list", "prod", "--json").data["recipients"]) == 1

    def test_the_age_program_opens_a_block(self, sealed: Cli) -> None:
        assert shutil.which("age"), "this test needs the program age (Debian: apt-get install age)"
        block = sealed_file(sealed).read_text().split("[secret mongo_root]")[1].split("\n", 1)[1].split("\n\n")[0]
        argv = ["age", "-d", "-i", str(sealed.home / "identity")]
        done = subprocess.run(argv, input=block, text=True, capture_output=True, check=True)
        assert json.loads(done.stdout)["value"] == stored(sealed)["mongo_root"]

    def test_verify(self, sealed: Cli, tmp_path: Path) -> None:
        assert sealed("secrets", "verify", "--json").data["opened"] == len(NAMES)
        ci = teammate(sealed, tmp_path / "ci")
        assert ci("secrets", "verify", "--json").data["opened"] == 0, "without a key the rest is checked"
        text = sealed_file(sealed).read_text()

        def answer(changed: str, who: Cli) -> Answer:
            sealed_file(who).write_text(changed)
            return who("secrets", "verify", "--json", code=9)

        swapped = text.replace("[secret mongo_root]", "[secret x]").replace(
            "[secret redis_password]", "[secret mongo_root]"
        )
        assert answer(swapped.replace("[secret x]", "[secret redis_password]"), sealed).error["code"] == "sealed-moved"
        assert answer(text[:-200], ci).error["code"] == "sealed-damaged"
        assert answer(text.replace("\n\n[secret mongo_root]", "\n\n<<<<<<< HEAD\n[secret mongo_root]"), ci).error[
            "code"
        ] == ("sealed-damaged")
        assert answer(text.split("\n[secret redis_password]")[0], ci).error["code"] == "not-sealed"
        sealed_file(ci).write_text(text)
        ci("secrets", "recipients", "add", ci("secrets", "identity").out.strip())
        assert ci("secrets", "verify", "--json", code=9).error["code"] == "recipients-changed"

    def test_who_leaves_can_read_the_old_copies_and_that_is_said(self, sealed: Cli) -> None:
        sealed("secrets", "recipients", "add", _age_key(), "--name", "Ben")
        sealed("secrets", "seal")
        answer = sealed("secrets", "recipients", "remove", "Ben")
        assert "Ben can still read every copy that was sealed before" in answer.out
        assert "stackctl secrets generate NAME" in answer.out
        assert sealed("secrets", "seal", "--json").data["resealed"] == NAMES
        assert "no recipient is called “Ben”" in sealed("secrets", "recipients", "remove", "Ben", code=2).text

    def test_a_plain_project(self, anna: Cli, tmp_path: Path) -> None:
        plain = anna.within(tmp_path / "plain")
        plain.folder.mkdir()
        plain.write(compose__yaml=f"services: {{a: {{image: {TOOLS}, environment: [API_TOKEN]}}}}\n")
        plain.write(__env="API_TOKEN=abc$$x\nPORT=1\n")
        with_identity(plain)
        assert plain("secrets", "seal", "--json").data["added"] == ["API_TOKEN"]
        assert (plain.folder / "secrets.age").is_file()
        (plain.folder / ".env").unlink()
        plain("secrets", "unseal")
        assert "API_TOKEN='abc$x'" in (plain.folder / ".env").read_text()


def _age_key() -> str:
    from stackctl.secrets.age import new_identity

    return new_identity()[1]


class TestScan:
    @pytest.fixture
    def repository(self, anna: Cli) -> Cli:
        who = {f"GIT_{one}_{what}": "a@example.com" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        cli = anna.having(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", **who)
        self.git(cli, "init", "-q")
        self.git(cli, "add", ".")
        self.git(cli, "commit", "-qm", "first")
        return cli

    def git(self, cli: Cli, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            ["git", *words], cwd=cli.folder, env=cli.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test_a_clean_workspace_has_none(self, repository: Cli) -> None:
        assert "no secret found" in repository("secrets", "scan").out
        assert "no secret found" in repository("secrets", "scan", "--staged").out

    def test_values_now_and_before_are_found_in_files(self, repository: Cli) -> None:
        values = stored(repository)
        repository("secrets", "generate", "redis_password")
        put(repository.folder / "notes.txt", f"a\nold {values['redis_password']}\n")
        put(repository.folder / "untracked.txt", values["mongo_root"])
        self.git(repository, "add", "notes.txt")
        for words in (("scan",), ("scan", "--staged")):
            answer = repository("secrets", *words, "--json", code=9)
            (hit,) = answer.data["hits"]
            assert (hit["name"], hit["kind"], hit["place"]) == ("redis_password", "past value", "notes.txt:2:5")
            assert answer.error["code"] == "secrets-found"
            assert not [value for value in values.values() if value in answer.text]

    def test_the_hook_stops_a_commit(self, repository: Cli) -> None:
        hooks = repository.folder / ".git" / "hooks"
        put(hooks / "pre-commit", "#!/bin/sh\necho theirs\n").chmod(0o755)
        assert repository("secrets", "scan", "--install-hook", "--json").data["kept"]
        put(repository.folder / "fine.txt", "nothing\n")
        self.git(repository, "add", "fine.txt")
        assert "theirs" in self.git(repository, "commit", "-m", "fine")
        put(repository.folder / "leak.txt", stored(repository)["mongo_root"])
        self.git(repository, "add", "leak.txt")
        said = self.git(repository, "commit", "-m", "leak", code=1)
        assert "leak.txt:1:1: the value of mongo_root" in said
        assert stored(repository)["mongo_root"] not in said
        put(repository.folder / "other.txt", "unrelated\n")
        self.git(repository, "add", "other.txt")
        # Only this file is committed: git then asks the hook about an index of its own.
        self.git(repository, "commit", "-m", "other", "other.txt")

    def test_containers_their_logs_and_the_configuration(self, repository: Cli) -> None:
        put(
            repository.folder / "stacks" / "core" / "dev.local.yml",
            f"""
            services:
              leaky:
                image: {TOOLS}
                command: [sh, -c, 'echo it is "$$(cat /run/secrets/redis_password)"; exec sleep 900']
                init: true
                environment: {{GIVEN: "${{GIVEN_TOKEN}}"}}
                secrets: [redis_password]
            """,
        )
        put(
            repository.folder / "env" / "core" / "dev.local.env", f"GIVEN_TOKEN={stored(repository)['grafana_admin']}\n"
        )
        repository("up", "dev", "leaky", "--auto-ports")
        answer = repository("secrets", "scan", "--json", code=9)
        name = f"{repository.token}-core-dev-leaky-1"
        places = {(hit["name"], hit["place"]) for hit in answer.data["hits"]}
        assert ("redis_password", f"logs of {name}:1:7") in places
        assert ("grafana_admin", f"container {name} variable GIVEN") in places
        assert ("grafana_admin", "configuration services.leaky.environment.GIVEN") in places
        assert not [value for value in stored(repository).values() if value in answer.text]

    def test_without_git_and_without_an_engine_it_says_what_it_did_not_search(self, anna: Cli) -> None:
        answer = anna("secrets", "scan", "--json", env={"DOCKER_HOST": "unix:///nonexistent/stackctl.sock"})
        assert {finding["code"] for finding in answer.envelope["findings"]} == {"no-git", "not-searched"}
        assert anna("secrets", "scan", "--staged", "--json", code=2).error["code"] == "no-git"


def test_a_value_that_a_volume_holds_is_asked_about(dev: Core) -> None:
    cli = dev.cli
    before = cli("secrets", "show", "mongo_root").out
    refused = cli("secrets", "generate", "mongo_root", "--json", code=7)
    assert refused.error["code"] == "needs-yes"
    assert f"{dev.project}_mongodb-data" in refused.error["message"]
    assert cli("secrets", "show", "mongo_root").out == before
    assert cli("secrets", "generate", "redis_password", "--dry-run", "--json").envelope["findings"] == []


def test_a_revealed_uri_opens_the_service(dev: Core) -> None:
    rows = {row["service"]: row for row in dev.cli("urls", "dev", "--reveal", "--json").data["urls"]}
    for service, secret in (("mongodb", "mongo_root"), ("redis", "redis_password"), ("grafana", "grafana_admin")):
        password = dev.secret(secret).read_text()
        uri = urlsplit(rows[service]["uri"])
        assert (unquote(uri.password or ""), rows[service]["password"]) == (password, password)
        assert (uri.username, uri.port) == (rows[service]["user"], urlsplit(rows[service]["url"]).port)
    assert rows["core"]["uri"] == rows["core"]["url"]
    redis = urlsplit(dev.cli("urls", "dev", "redis", "--reveal").out.strip())
    with socket.create_connection((redis.hostname or "", redis.port or 0), 20) as connection:
        connection.sendall(f"AUTH {redis.username} {redis.password}\r\nPING\r\n".encode())
        said = b""
        while said.count(b"\r\n") < 2:
            said += connection.recv(100)
    assert said == b"+OK\r\n+PONG\r\n"
    assert dev.secret("mongo_root").read_text() not in dev.cli("urls", "dev", "--json").text
