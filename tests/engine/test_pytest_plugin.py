"""The fixture `stack`, in a pytest of its own: started once, reset to a snapshot, gone at the end."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import PATIENCE, ROOT, RUN, TOOLS, Answer, Cli, docker, free_ports, put, sweep

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("plugin")]

FILE = f"""
    services:
      web:
        image: {TOOLS}
        init: true
        working_dir: /state
        command: [python3, -u, -m, http.server, "80"]
        healthcheck: {{test: [CMD, curl, -sf, "http://127.0.0.1/"], interval: 1s}}
        ports: ["127.0.0.1:${{WEB_PORT:-NUMBER}}:80"]
        volumes: ["state:/state"]
        stop_grace_period: 1s
    volumes: {{state: {{}}}}
    """
TESTS = """
    import urllib.request

    import pytest


    def page(stack):
        with urllib.request.urlopen(stack.url("web")) as answer:
            return answer.read().decode()


    def test_it_is_up_and_where_it_says(stack):
        assert str(stack.port_for("web", 80)) in stack.url("web")
        stack.wait_until_responsive(lambda: "Directory" in page(stack))
        stack.wait()
        assert stack.credentials("web") == ("", "")
        assert any("GET /" in record["message"] for record in stack.logs("web"))


    def test_data_goes_back_to_the_snapshot(stack):
        with pytest.raises(Exception, match="no snapshot"):
            stack.reset()
        stack.run("shell", "web", "--", "sh", "-c", "echo 1 > seeded; chown 5:6 seeded")
        stack.snapshot()
        stack.run("shell", "web", "--", "sh", "-c", "rm seeded; touch spoilt .hidden")
        assert "spoilt" in page(stack)
        stack.reset()
        found = page(stack)
        assert "seeded" in found
        assert "spoilt" not in found
        assert ".hidden" not in found
        assert stack.run("shell", "web", "--", "sh", "-c", "test $(stat -c %u:%g seeded) = 5:6")["exit_code"] == 0


    def test_it_is_the_same_stack_in_every_test(stack):
        assert "seeded" in page(stack)
        assert stack.instance.startswith("pytest-")
        print("project", stack.project)
    """


@pytest.fixture
def cli(engine: None, tmp_path: Path) -> Iterator[Cli]:
    token = f"{RUN}py"
    put(tmp_path / token / "compose.yaml", FILE.replace("NUMBER", str(free_ports(1))))
    yield Cli(tmp_path / token, tmp_path / "home", token)
    sweep(token)


def inner_run(cli: Cli, *words: str, code: int = 0) -> Answer:
    argv = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *words)
    # What steers the run that this is part of is none of the inner one's business.
    outer = {name: value for name, value in cli.environment().items() if not name.startswith("PYTEST_")}
    env = {**outer, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=cli.folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    answer = Answer(argv, done.returncode, done.stdout, done.stderr)
    assert done.returncode == code, str(answer)
    return answer


def test_the_fixture_does_what_the_manual_says(cli: Cli) -> None:
    put(cli.folder / "test_web.py", TESTS)
    answer = inner_run(cli)
    assert "3 passed" in answer.out
    found = re.search(r"^project (\S+)$", answer.out, re.MULTILINE)
    assert found, answer
    for words in (("ps", "-a", "--format", "{{.Names}}"), ("volume", "ls", "-q"), ("network", "ls", "-q")):
        assert found[1] not in docker(*words), "nothing is left"
    assert cli("instances", "--json").data["instances"] == []


def test_a_kept_instance_is_used_again(cli: Cli) -> None:
    put(cli.folder / "test_web.py", "def test_up(stack):\n    print('at', stack.url('web'))\n")
    first = inner_run(cli, "--stack-instance", "mine")
    second = inner_run(cli, "-p", "stackctl.pytest_plugin", "--stack-instance", "mine")  # asked for by name, too
    addresses = [re.findall(r"^at (\S+)$", answer.out, re.MULTILINE) for answer in (first, second)]
    assert addresses[0] == addresses[1] != []
    assert [item["instance"] for item in cli("instances", "--json").data["instances"]] == ["mine"]


def test_a_stack_that_does_not_start_fails_the_tests_with_the_reason(cli: Cli) -> None:
    put(cli.folder / "test_web.py", "def test_up(stack):\n    pass\n")
    put(
        cli.folder / "conftest.py",
        "import pytest\n@pytest.fixture(scope='session')\ndef stack_services():\n    return ('wbe',)\n",
    )
    answer = inner_run(cli, code=1)
    assert "no service is called “wbe”" in answer.out
    assert "did you mean “web”?" in answer.out
    assert "Traceback" not in answer.text
    assert cli("instances", "--json").data["instances"] == []
