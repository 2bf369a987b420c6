"""Ten times the file takes about ten times the time, never a hundred times: whatever it holds, whatever is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from stackctl.env.check import Case, check
from stackctl.env.effective import Inputs, variables
from stackctl.env.flags import flags
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.removing import remove
from stackctl.env.template import load
from stackctl.errors import ConfigError
from stackctl.mask import Mask
from tests.unit.env.test_sync import synced

pytestmark = pytest.mark.slow

MORE = 10
MOST = 30  # between linear, which is 10, and quadratic, which is 100: a busy machine doubles a time, or halves one


def grows_with(work: Callable[[int], object], size: int) -> None:
    """Fail where ten times the size takes more than thirty times the time, at three tries."""

    def took(count: int) -> float:
        start = time.process_time()
        work(count)
        return time.process_time() - start

    small = min(took(size) for _ in range(3))
    ratios: list[float] = []
    while len(ratios) < 3:
        ratios.append(took(MORE * size) / max(small, 1e-4))
        if ratios[-1] < MOST:
            return
    pytest.fail(f"{MORE} times the size took {[round(ratio) for ratio in ratios]} times the time")


@pytest.mark.parametrize(
    "unit",
    [
        *("KEY=value $X ${Y:-z} # note\n", "K='a b' ", "# note\n", " ", "K=", "${A:-b}", 'K="a\\n$b"\n', "x", "=\n"),
        *("\t#", "\r", "\u200b", "$$", "$A", "\\$", "'\\'", "${A:-{", "${", "{", 'K="${A:-b}$c"\n', "export A=1\n"),
    ],
)
def test_reading(unit: str) -> None:
    def work(size: int) -> None:
        data = ("K=" + unit * (size // len(unit))).encode()
        with suppress(ConfigError):
            env_file = parse(data, "x.env")
            flags(env_file)
            env_file.resolve({}, as_env_file=True)

    grows_with(work, 20_000)


def numbered(count: int, form: str) -> str:
    return "".join(form.format(number) for number in range(count))


@pytest.mark.parametrize(
    ("env", "template", "compose"),
    [
        ("NAME_{0}=value-{0}\n", "", ""),
        ("NAME_{0}=value-{0}\n", "OTHER_{0}=1\n", ""),
        ("NAME_{0}=change-me\n", "# What it is.\n# @required @type=number\nNAME_{0}=\n\n", ""),
        ("", "# @required\nNAME_{0}=\n\n", ""),
        ("SAME=value-{0}\n", "SAME_{0}=1\n", ""),
    ],
)
def test_checking(env: str, template: str, compose: str) -> None:
    def work(count: int) -> None:
        merged = merge([load(numbered(count, template).encode(), "t", "base")])
        files = [parse(numbered(count, env).encode(), "dev.env")]
        joined = variables(Inputs(merged, files, {}))
        assert check(Case(merged, files, joined, "dev.env"))

    grows_with(work, 1_000)


@pytest.mark.parametrize(
    ("env", "template"),
    [
        ("A_{0}=1\n", "# Added.\nB_{0}=2\n\n"),
        ("A_{0}=1\n\n", "A_{0}=1\n"),
        ("A_{0}=\n", "# @required\nA_{0}=\n"),
        ("", "B_{0}=1\n"),
    ],
)
def test_filling_and_syncing(env: str, template: str) -> None:
    def work(count: int) -> None:
        given = {f"A_{number}": "x" for number in range(count)}
        assert synced(numbered(count, env), numbered(count, template), (), **given).after.entries

    grows_with(work, 500)


def test_taking_a_name_out_that_is_there_very_often() -> None:
    grows_with(lambda count: remove(parse(b"A=1\nB=2\n" * count, "x.env"), "A"), 300)


@pytest.mark.parametrize(
    "form", ["{0}", "value-number-{0}", "value-with-$n{0}-in-it", "the-same-beginning-{0}", "long" * 50 + "{0}"]
)
def test_hiding(form: str) -> None:
    def work(count: int) -> None:
        values = [form.format(number) for number in range(count)]
        mask = Mask(values)
        for value in values:
            mask(f"NAME={value}")

    grows_with(work, 2_500)
