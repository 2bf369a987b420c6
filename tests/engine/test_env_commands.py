"""`stackctl env …` through the command line, on a small stack that runs and on a plain project."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import (
    RUN,
    STACKCTL,
    TOOLS,
    Cli,
    Json,
    container,
    containers,
    docker,
    ended,
    finish,
    free_ports,
    http,
    inspect,
    started,
    sweep,
)
from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("env-commands")]

STACK = {
    "stacks/small/base.yml": f"""\
x-stackctl: {{default: true}}
services:
  web:
    image: {TOOLS}
    init: true
    stop_grace_period: 1s
    command: [python3, -m, http.server, "8000"]
    environment: {{LEVEL: "${{LEVEL}}"}}
    networks: {{default: {{aliases: [web-too]}}}}
  app:
    image: {TOOLS}
    init: true
    stop_grace_period: 1s
    command: [sleep, "900"]
    environment:
      LEVEL: ${{LEVEL}}
      OWNER: ${{OWNER}}
      WEB_URL: http://me:${{WEB_KEY}}@web:8000/path
      WEB_HOST: web
      WEB_ADDRESSES: web:8000,web-too:8000
      HIDDEN_URL: http://app:9999/
      TOKEN_FILE: /run/secrets/token
      HOME: /root
    secrets: [token]
secrets:
  token: {{file: "${{STACKCTL_SECRETS_DIR}}/token"}}
""",
    "stacks/small/dev.yml": 'services: {web: {ports: ["127.0.0.1:${WEB_PORT}:8000"]}}\n',
    "env/small/base.env.template": """\
# @defaultSensitive=false
# ----

# Where secrets are.
# stackctl: secrets-dir
# @required
STACKCTL_SECRETS_DIR=

# How much is said.
# @type=enum(debug, info, warning)
LEVEL=info

# Whom to call.
# @required @type=email @example=me@example.com
OWNER=

# What the page is opened with.
# stackctl: generate=alnum(20)
# @required @sensitive
WEB_KEY=

# stackctl: generate=hex(32) file=token
# @required @sensitive
TOKEN=
""",
    "env/small/dev.env.template": """\
# @defaultSensitive=false
# ----

# Where the page is.
# @type=port
WEB_PORT=PORT
""",
}


@pytest.fixture(scope="module")
def small(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A workspace of two services, filled by `env set` and `env init`, and started by `up`."""
    parent = tmp_path_factory.mktemp("small")
    cli = Cli(parent / f"{RUN}env", parent / "home", f"{RUN}env")
    for name, text in STACK.items():
        path = cli.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("PORT=PORT", f"PORT={free_ports(1)}"))
    yield cli
    sweep(cli.token)


@pytest.fixture
def stack(small: Cli) -> Iterator[Cli]:
    """The same for one test: its files come back as they were, and its containers to them."""
    if not env_file(small).exists():
        small("env", "set", "OWNER", "me@example.com")
        small("up")
    kept = {path: path.read_bytes() for path in small.folder.rglob("*") if path.is_file()}
    kept |= {path: path.read_bytes() for path in secrets(small).iterdir()}
    yield small
    changed = [path for path, data in kept.items() if path.read_bytes() != data]
    for path in changed:
        path.write_bytes(kept[path])
    if changed:
        small("up", "-q")


def env_file(cli: Cli) -> Path:
    return cli.folder / "env" / "small" / "dev.env"


def secrets(cli: Cli) -> Path:
    return cli.home / "projects" / project_of(cli) / "secrets"


def project_of(cli: Cli) -> str:
    return f"{cli.token}-small-dev"


def codes(data: Json) -> dict[str, str]:
    return {item["code"]: item["key"] for item in data["problems"]}


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def value_of(cli: Cli, key: str) -> str:
    found: str = json.loads(cli("env", "export", "--format", "json").out)[key]
    return found


class TestFill:
    def test_what_is_missing_is_said_at_once_and_nothing_is_made(self, project: Project) -> None:
        cli = project("")
        for name, text in STACK.items():
            (cli.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (cli.folder / name).write_text(text.replace("PORT=PORT", "PORT=").replace("# @type=port", "# @required"))
        for words in (("env", "init"), ("up",)):
            answer = cli(*words, "--json", code=3)
            assert [item["subject"] for item in answer.envelope["findings"]] == ["OWNER", "WEB_PORT"]
            assert "for example me@example.com" in answer.envelope["findings"][0]["hint"]
        assert not env_file(cli).exists()
        assert not secrets(cli).exists()
        assert containers(project_of(cli)) == {}

    def test_init_adds_what_is_missing_and_names_no_value(self, small: Cli, stack: Cli) -> None:
        path = env_file(stack)
        whole = path.read_text()
        stack("env", "unset", "WEB_KEY")
        replaced(path, "LEVEL=info", "LEVEL=warning")
        answer = stack("env", "init", "--json")
        assert answer.data["added"] == ["WEB_KEY"]
        assert set(answer.data["kept"]) == {"STACKCTL_SECRETS_DIR", "LEVEL", "OWNER", "WEB_PORT"}
        assert answer.data["generated"] == ["WEB_KEY"]
        fresh = value_of(stack, "WEB_KEY")
        assert len(fresh) == 20 and fresh not in answer.text
        assert path.read_text() == whole.replace("LEVEL=info", "LEVEL=warning").replace(
            next(line for line in whole.splitlines() if line.startswith("WEB_KEY=")), f"WEB_KEY={fresh}"
        )
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        before = path.stat().st_ino
        again = stack("env", "init", "dev")
        assert "nothing to do" in again.out
        assert path.stat().st_ino == before

    def test_a_dry_run_writes_nothing(self, stack: Cli) -> None:
        replaced(env_file(stack), "LEVEL=info\n", "")
        before = env_file(stack).read_bytes()
        assert stack("env", "init", "--dry-run", "--json").data["added"] == ["LEVEL"]
        assert env_file(stack).read_bytes() == before

    def test_sync_after_a_pull(self, stack: Cli) -> None:
        template, path = stack.folder / "env" / "small" / "base.env.template", env_file(stack)
        replaced(template, "# Whom to call.", "# How often.\n# @type=number\nRETRIES=3\n\n# Whom to call.")
        replaced(template, "# How much is said.\n# @type=enum(debug, info, warning)\nLEVEL=info\n", "")
        replaced(stack.folder / "stacks" / "small" / "base.yml", 'environment: {LEVEL: "${LEVEL}"}', "environment: {}")
        replaced(stack.folder / "stacks" / "small" / "base.yml", "LEVEL: ${LEVEL}", "LEVEL: ${RETRIES}")
        before = path.read_text()
        checked = stack("env", "sync", "--check", "--json", code=9)
        assert checked.error["code"] == "env-behind"
        assert path.read_text() == before
        assert (checked.data["added"], checked.data["lost"]) == (["RETRIES"], ["LEVEL"])
        assert value_of(stack, "WEB_KEY") not in stack("env", "sync", "--dry-run").text
        done = stack("env", "sync", "dev")
        assert "+RETRIES=3" in done.out
        text = path.read_text()
        assert "# How often.\nRETRIES=3\n" in text
        assert "# In no template any more.\nLEVEL=info\n" in text
        new = ("# How often.", "RETRIES=3", "# In no template any more.")
        assert set(before.splitlines()) == set(text.splitlines()) - set(new), "nothing else changed"
        assert stack("env", "sync", "--check").code == 0


class TestLook:
    def test_check_is_content_and_finds_each_problem_with_its_place(self, stack: Cli) -> None:
        assert codes(stack("env", "check", "--json").data) == {}
        replaced(env_file(stack), "LEVEL=info", "LEVEL=loud")
        replaced(env_file(stack), "OWNER=me@example.com", "OWNER=change-me\nLEVLE=debug\nODD=# note")
        answer = stack("env", "check", "dev", "--json", code=3, env={"WEB_PORT": "1"})
        assert codes(answer.data).items() >= {
            "unknown-variable": "ODD",
            "comment-as-value": "",
            "shadowed": "WEB_PORT",
            "placeholder": "OWNER",
        }.items() - {("comment-as-value", "")}
        for problem in answer.data["problems"]:
            assert problem["file"] == "env/small/dev.env" or problem["code"] == "shadowed"
            assert problem["line"] > 0 and problem["column"] > 0 and problem["message"]
        (wrong,) = [item for item in answer.data["problems"] if item["key"] == "LEVEL"]
        assert (wrong["code"], wrong["severity"]) == ("invalid-value", "error")
        (typo,) = [item for item in answer.data["problems"] if item["key"] == "LEVLE"]
        assert "did you mean “LEVEL”" in typo["fix"]
        assert "change-me" not in answer.text and "loud" not in answer.text

    def test_check_sees_modes_git_and_build_contexts(self, stack: Cli) -> None:
        dev = stack.folder / "stacks" / "small" / "dev.yml"
        dev.write_text(dev.read_text() + "# as a build would see it\n")
        replaced(dev, "{web: {", f"{{app: {{image: {TOOLS}, build: ../..}}, web: {{")
        env_file(stack).chmod(0o644)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
        try:
            for words in (["init", "-q"], ["add", "-f", "env/small/dev.env"]):
                subprocess.run([*git, *words], cwd=stack.folder, check=True, capture_output=True)
            found = {
                item["code"]: item["severity"] for item in stack("env", "check", "--json", code=3).data["problems"]
            }
        finally:
            shutil.rmtree(stack.folder / ".git")
            env_file(stack).chmod(0o600)
        assert found == {"file-mode": "warning", "tracked-by-git": "error", "in-build-context": "warning"}

    def test_show_names_value_source_and_consumers(self, stack: Cli) -> None:
        rows = {row["name"]: row for row in stack("env", "show", "--json").data["variables"]}
        assert rows["LEVEL"]["value"] == "info"
        assert rows["LEVEL"]["source"]["file"] == "env/small/dev.env"
        assert rows["LEVEL"]["services"] == ["app", "web"]
        assert (rows["WEB_KEY"]["value"], rows["WEB_KEY"]["services"]) == ("***", ["app"])
        assert (rows["TOKEN"]["source"]["kind"], rows["TOKEN"]["services"]) == ("secret", ["app"])
        shadowed = stack("env", "show", "LEVEL", "--json", env={"LEVEL": "debug"}).data["variables"][0]
        assert (shadowed["value"], shadowed["source"]["kind"]) == ("debug", "shell")
        text = stack("env", "show").text + stack("env", "show", "WEB_KEY").text
        assert value_of(stack, "WEB_KEY") not in text
        assert stack("env", "show", "--reveal", "WEB_KEY", "--json", code=7).error["code"] == "needs-terminal"
        assert stack("env", "show", "LEVLE", "--json", code=2).error["hint"].startswith("did you mean “LEVEL”")

    def test_export_gives_the_same_values_in_every_format(self, stack: Cli) -> None:
        stack("env", "set", "WEB_KEY", stdin='it\'s $HOME \\ "quoted" # and more')
        wanted = json.loads(stack("env", "export", "--format", "json").out)
        assert wanted["WEB_KEY"] == 'it\'s $HOME \\ "quoted" # and more'
        (stack.folder / "other.env").write_text(stack("env", "export").out)
        (stack.folder / "docker.env").write_text(stack("env", "export", "--format", "docker").out)
        try:
            sourced = f'. <({STACKCTL} env export --format shell) && printf %s "$WEB_KEY"'
            shell = subprocess.run(
                ["bash", "-c", sourced],
                cwd=stack.folder,
                env=stack.environment(),
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert shell.stdout == wanted["WEB_KEY"]
            words = ("run", "--rm", "--name", f"{stack.token}-export", "--env-file", str(stack.folder / "docker.env"))
            assert docker(*words, TOOLS, "sh", "-c", 'printf %s "$WEB_KEY"') == wanted["WEB_KEY"]
            line = ("compose", "--env-file", "other.env", "-f", "stacks/small/base.yml", "config", "--format", "json")
            model = json.loads(docker(*line, cwd=stack.folder))
            assert wanted["WEB_KEY"] in model["services"]["app"]["environment"]["WEB_URL"].replace("$$", "$")
        finally:
            (stack.folder / "other.env").unlink()
            (stack.folder / "docker.env").unlink()


class TestEdit:
    def test_set_and_unset_change_one_entry(self, stack: Cli) -> None:
        before = env_file(stack).read_text()
        answer = stack("env", "set", "LEVEL", "debug", "--json")
        assert (answer.data["changed"], answer.data["file"]) == (True, "env/small/dev.env")
        assert env_file(stack).read_text() == before.replace("LEVEL=info", "LEVEL=debug")
        assert stack("env", "set", "LEVEL=debug", "--json").data["changed"] is False
        assert stack("env", "set", "LEVEL", "loud", "--json", code=3).error["code"] == "invalid-value"
        stack("env", "unset", "LEVEL")
        assert "LEVEL" not in env_file(stack).read_text()
        assert "How much is said" not in env_file(stack).read_text()
        assert stack("env", "unset", "LEVEL", "--json", code=2).error["code"] == "unknown-variable"
        stack("env", "init")
        assert env_file(stack).read_text() == before, "it comes back in its place"

    def test_a_sensitive_value_never_comes_from_the_command_line(self, stack: Cli) -> None:
        before = env_file(stack).read_bytes()
        answer = stack("env", "set", "WEB_KEY", "CANARY-in-argv-1", "--json", code=2)
        assert answer.error["code"] == "value-in-argv"
        assert "CANARY" not in answer.text
        assert stack("env", "set", "TOKEN", "--json", code=2, stdin="x").error["code"] == "is-secret-file"
        assert env_file(stack).read_bytes() == before
        answer = stack("env", "set", "WEB_KEY", "-e", "dev", "--json", stdin="from-standard-input-1\n")
        assert "from-standard" not in answer.text
        assert value_of(stack, "WEB_KEY") == "from-standard-input-1"

    def test_a_value_of_64_kib_and_one_of_several_lines(self, stack: Cli) -> None:
        for value in ("x" * 65_536, "-----BEGIN-----\nab'c\"$d\\\n-----END-----"):
            stack("env", "set", "WEB_KEY", stdin=value)
            assert value_of(stack, "WEB_KEY") == value
            model = json.loads(stack("compose", "config", "--format", "json").out)
            assert value not in json.dumps(model), "masked"
            assert stack("env", "check", "--json").code == 0


class TestRun:
    def given(self, cli: Cli, *words: str) -> dict[str, str]:
        line = "import json, os; print(json.dumps(dict(os.environ)))"
        found: dict[str, str] = json.loads(cli("env", "run", *words, "--", "python3", "-c", line).out)
        return found

    def test_addresses_and_files_are_those_of_the_host(self, stack: Cli) -> None:
        port = value_of(stack, "WEB_PORT")
        env = self.given(stack, "--as", "app")
        key = value_of(stack, "WEB_KEY")
        assert env["WEB_URL"] == f"http://me:{key}@127.0.0.1:{port}/path"
        assert (env["WEB_HOST"], env["WEB_PORT"]) == ("127.0.0.1", port)
        assert env["WEB_ADDRESSES"] == f"127.0.0.1:{port},127.0.0.1:{port}"
        assert env["HIDDEN_URL"] == "http://app:9999/"
        assert env["HOME"] == os.environ["HOME"]
        assert http(f"http://{env['WEB_HOST']}:{env['WEB_PORT']}/").status == 200
        assert Path(env["TOKEN_FILE"]) == secrets(stack) / "token"
        assert len(Path(env["TOKEN_FILE"]).read_text()) == 64
        answer = stack("env", "run", "--as", "app", "--", "true")
        assert "port 9999 of app is not published" in answer.err
        exported = json.loads(stack("env", "export", "--for", "host", "--as", "app", "--format", "json").out)
        assert {name: env[name] for name in exported} == exported
        assert stack("env", "run", "--json", "--", "true", code=2).error["code"] == "misuse"
        assert stack("env", "run", "--as", "ap", "--json", "--", "true", code=2).error["code"] == "unknown-service"

    def test_the_exit_code_and_the_streams_are_the_commands_own(self, stack: Cli) -> None:
        answer = stack(
            "env",
            "run",
            "-q",
            "--as",
            "web",
            "-e",
            "dev",
            "--",
            "sh",
            "-c",
            "cat; echo no >&2; exit 41",
            code=41,
            stdin="in",
        )
        assert (answer.out, answer.err) == ("in", "no\n")
        assert stack("env", "run", "--as", "web", "--", "no-such-program-1", code=2).err.startswith(
            "✗ no-such-program-1"
        )

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
    def test_a_signal_reaches_the_command(self, stack: Cli, number: signal.Signals) -> None:
        script = "trap 'exit 43' INT TERM USR1; echo ready; while :; do sleep 0.05; done"
        with ended(stack.start("env", "run", "-q", "--as", "web", "--", "sh", "-c", script)) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert finish(process).code == 43
        with ended(
            stack.start("env", "run", "-q", "--as", "web", "--", "sh", "-c", "echo ready; exec sleep 900")
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGKILL)
            assert finish(process).code == -signal.SIGKILL


class TestDrift:
    def test_up_names_what_changed_and_recreates_exactly_who_has_it(self, stack: Cli) -> None:
        project, before = project_of(stack), containers(project_of(stack))
        assert stack("env", "drift", "--json").data["drift"] is False
        stack("env", "set", "OWNER", "you@example.com")
        stack("secrets", "set", "token", stdin="another-token-of-mine")
        since = started(container(project, "app"))
        stack("restart", "dev", "app", "--in-place")
        assert started(container(project, "app")) != since
        answer = stack("env", "drift", "--json", code=9)
        (one,) = answer.data["recreate"]
        assert one == {"service": "app", "reasons": ["OWNER changed", "secret token changed"]}
        for value in ("you@example.com", "another-token-of-mine"):
            assert value not in answer.text
        line = next(text for text in stack("up", "dev").out.splitlines() if text.startswith("app "))
        assert line.endswith("recreated, OWNER changed, secret token changed")
        after = containers(project)
        assert (after["web"], after["app"] != before["app"]) == (before["web"], True)
        assert stack("env", "drift", "dev", "--json").data["drift"] is False
        (facts,) = inspect(container(project, "app"))
        assert "OWNER=you@example.com" in facts["Config"]["Env"]
        assert "another-token-of-mine" not in json.dumps(facts)


class TestPlain:
    """A plain project with an example: no file of ours, nothing to configure."""

    @pytest.fixture
    def plain(self, project: Project) -> Cli:
        return project(
            "",
            compose__yaml=f"""
            services:
              web:
                image: {TOOLS}
                command: [python3, -m, http.server, "8000"]
                environment: {{MODE: "${{MODE:-fast}}", NAME: "${{NAME:?say it}}"}}
                ports: ["127.0.0.1::8000"]
            """,
            __env__example="# How it runs.\nMODE=slow\n\n# Who it is.\nNAME=\n",
        )

    def test_from_an_example_to_a_running_service(self, plain: Cli) -> None:
        path = plain.folder / ".env"
        answer = plain("env", "init", "--json", code=3)
        assert [item["subject"] for item in answer.envelope["findings"]] == ["NAME"]
        assert not path.exists()
        assert set(codes(plain("env", "check", "--json", code=3).data).values()) >= {"NAME"}
        plain("env", "set", "NAME", "it's me")
        plain("env", "init")
        assert path.read_text().endswith('# How it runs.\nMODE=slow\n\n# Who it is.\nNAME="it\'s me"\n')
        assert codes(plain("env", "check", "--json").data) == {}
        assert "already up" not in plain("env", "sync", "--json").text
        assert plain("env", "export", "--format", "json").out == '{\n  "MODE": "slow",\n  "NAME": "it\'s me"\n}\n'
        plain("up")
        assert plain("env", "drift", "--json").data["drift"] is False
        assert plain("env", "run", "--", "sh", "-c", 'echo "$NAME $MODE"').out == "it's me slow\n"
        (plain.folder / ".env.example").write_text("MODE=slow\nNEW=1\nNAME=\n")
        assert plain("env", "sync", "--check", "--json", code=9).data["added"] == ["NEW"]
        plain("env", "sync")
        assert "NEW=1" in path.read_text()
        plain("env", "unset", "NAME")
        assert plain("up", "--json", code=3).error["code"] == "variable-missing"

    @pytest.mark.parametrize("name", [".env.template", ".env.schema", ".env.example"])
    def test_each_name_of_a_template(self, plain: Cli, name: str) -> None:
        (plain.folder / ".env.example").rename(plain.folder / name)
        (plain.folder / ".env").write_text("NAME=x\n")
        assert plain("env", "sync", "--check", "--json", code=9).data["added"] == ["MODE"]
