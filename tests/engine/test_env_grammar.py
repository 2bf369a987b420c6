"""Our reader against the Compose that is installed. Needs the docker CLI with its Compose plugin, and no daemon.

Known differences, none of them met by the inputs here: we refuse defaults nested deeper than 64 and values that
references blow up beyond 16 MiB (Compose runs out of memory), and a name with a letter that is younger than Python's
Unicode tables.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import pytest

from stackctl.env.grammar import parse
from stackctl.env.write import quote
from stackctl.errors import ConfigError
from tests.unit.env.conformance import CASES, Case
from tests.unit.env.generator import env_file

Values = dict[str, str]
BATCH = 400
SHELL = {"X": "sh"}
FUZZ = 2_000
SOAK = 100_000


class Compose:
    """The installed Compose, started directly as a plugin: through `docker` every start takes twice as long."""

    def __init__(self, folder: Path) -> None:
        found = run(["docker", "info", "--format", "{{json .ClientInfo.Plugins}}"], folder, {})
        plugins = json.loads(found.stdout.splitlines()[0])
        self.path = next(plugin["Path"] for plugin in plugins if plugin["Name"] == "compose")
        self.folder = folder

    def env_files(self, inputs: Sequence[bytes], shell: Values) -> list[Values] | None:
        """Give what each service gets from its env_file, or None where the project is rejected."""
        folder = Path(mkdtemp(dir=self.folder))
        for number, data in enumerate(inputs):
            (folder / f"{number}.env").write_bytes(data)
        services = {f"s{n}": {"image": "x", "env_file": [f"{n}.env"]} for n in range(len(inputs))}
        answer = self._config(folder, services, shell)
        return None if answer is None else [answer[f"s{number}"] for number in range(len(inputs))]

    def dotenv(self, data: bytes, names: Iterable[str], shell: Values) -> Values | None:
        """Give what a project gets for these names from its `.env`, or None where the file is rejected."""
        folder = Path(mkdtemp(dir=self.folder))
        (folder / ".env").write_bytes(data)
        answer = self._config(folder, {"s": {"image": "x", "environment": list(names)}}, shell)
        return None if answer is None else answer["s"]

    def _config(self, folder: Path, services: Mapping[str, object], shell: Values) -> dict[str, Values] | None:
        (folder / "compose.yaml").write_text(json.dumps({"name": "grammar", "services": services}))
        done = run([self.path, "config", "--format", "json"], folder, shell)
        if done.returncode != 0:
            return None
        return {name: environment(service) for name, service in json.loads(done.stdout)["services"].items()}


def run(command: list[str], folder: Path, shell: Values) -> subprocess.CompletedProcess[bytes]:
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), **shell}
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, timeout=60, check=False)


def environment(service: dict[str, dict[str, str | None]]) -> Values:
    """Read a service's environment; `config` doubles every `$`, so that its output is a Compose file again."""
    given = service.get("environment") or {}
    return {key: value.replace("$$", "$") for key, value in given.items() if value is not None}


def ours(data: bytes, shell: Values, as_env_file: bool) -> Values | None:
    try:
        values = parse(data, "x.env").resolve(shell, as_env_file=as_env_file)
    except ConfigError:
        return None
    return {shown(key): shown(value) for key, value in values.items()}


def shown(text: str) -> str:
    """Give a text as JSON shows it: a byte that is not UTF-8 becomes U+FFFD there. Compose itself passes it on."""
    return re.sub("[\udc80-\udcff]", "\ufffd", text)


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Compose:
    return Compose(tmp_path_factory.mktemp("compose"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_is_what_compose_does(compose: Compose, case: Case) -> None:
    got = compose.env_files([case.data], case.shell)
    assert (None if got is None else got[0]) == ours(case.data, case.shell, as_env_file=True)
    assert (got is None) == (case.env_file is None)
    names = [name for name in (case.env_file or {"K": ""}) if name]
    assert compose.dotenv(case.data, names, case.shell) == ours(case.data, case.shell, as_env_file=False)


def differences(compose: Compose, seeds: range) -> list[str]:
    """Compare as env_file; what we accept goes in batches, what we reject must fail alone."""
    accepted: list[bytes] = []
    rejected: list[bytes] = []
    for seed in seeds:
        data = env_file(seed)
        (rejected if ours(data, SHELL, as_env_file=True) is None else accepted).append(data)
    assert len(accepted) > len(seeds) // 3, "the generator makes mostly broken files"
    assert len(rejected) > len(seeds) // 20, "the generator makes no broken files"
    batches = [accepted[start : start + BATCH] for start in range(0, len(accepted), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for texts in pool.map(lambda batch: compare(compose, batch), batches) for text in texts]
        alone = pool.map(lambda data: compose.env_files([data], SHELL), rejected)
        return found + [f"{data!r}: only we reject it" for data, got in zip(rejected, alone, strict=True) if got]


def compare(compose: Compose, batch: Sequence[bytes]) -> list[str]:
    got = compose.env_files(batch, SHELL)
    if got is None:
        if len(batch) == 1:
            return [f"{batch[0]!r}: only Compose rejects it"]
        half = len(batch) // 2
        return compare(compose, batch[:half]) + compare(compose, batch[half:])
    pairs = [(data, ours(data, SHELL, as_env_file=True), theirs) for data, theirs in zip(batch, got, strict=True)]
    return [f"{data!r}: we {we}, Compose {theirs}" for data, we, theirs in pairs if we != theirs]


def test_generated_files_as_env_file(compose: Compose) -> None:
    assert differences(compose, range(FUZZ)) == []


@pytest.mark.soak
def test_a_hundred_thousand_generated_files(compose: Compose) -> None:
    assert differences(compose, range(1_000_000, 1_000_000 + SOAK)) == []


def test_generated_files_as_dotenv(compose: Compose) -> None:
    def difference(seed: int) -> str:
        data = env_file(seed)
        we = ours(data, SHELL, as_env_file=False)
        theirs = compose.dotenv(data, we or ["K"], SHELL)
        return "" if we == theirs else f"{data!r}: we {we}, Compose {theirs}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        assert [text for text in pool.map(difference, range(5_000_000, 5_000_200)) if text] == []


def test_what_the_writer_writes_compose_reads(compose: Compose) -> None:
    values = [
        "", " ", "a b", "it's", "a\\", "'\\", 'say "x"', "$A", "${A}", "$$", "\\$A", "a\nb", "a\r\nb", "# no note",
        "\t", "é\u200b", "\\0101", "\\n", "'$A\\n\"\r", "pa$$word#1 # x", "-----BEGIN-----\nab/+=\n-----END-----",
        "x" * 65_536, "'" * 999, "\\'" * 9,
    ]  # fmt: skip
    got = compose.env_files([f"A=1\nK={quote(value)}\nL=2\n".encode() for value in values], {})
    assert got is not None
    assert [answer["K"] for answer in got] == values
    assert {answer["L"] for answer in got} == {"2"}
