from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackctl.engine.read import Run, read_json
from stackctl.engine.run import Outcome
from stackctl.errors import EngineError

WORDS = ("inspect", "--type", "container", "a")


def answers(out: str, code: int = 0, err: str = "") -> Run:
    def run(words: Sequence[str]) -> Outcome:
        assert words == WORDS
        return Outcome(code, out, err, 0.0)

    return run


@pytest.mark.parametrize(
    ("out", "values"),
    [
        ("", []),
        ("\n", []),
        ("[]\n", []),
        ('[\n {"Id": "a"},\n {"Id": "b"}\n]\n', [{"Id": "a"}, {"Id": "b"}]),
        ('{"Id":"a"}\n', [{"Id": "a"}]),
        ('{"Id":"a"}\n{"Id":"b"}\n\n', [{"Id": "a"}, {"Id": "b"}]),
    ],
)
def test_an_array_and_lines_give_the_same_values(out: str, values: list[object]) -> None:
    assert read_json(answers(out), WORDS) == values


def test_what_is_missing_beside_what_is_there_is_an_answer_where_that_is_allowed() -> None:
    gone = answers('[{"Id": "a"}]\n', 1, "Error: No such object: b")
    assert read_json(gone, WORDS, partial=True) == [{"Id": "a"}]
    with pytest.raises(EngineError, match="docker inspect --type failed: Error: No such object: b"):
        read_json(gone, WORDS)


def test_an_engine_that_is_down_is_no_partial_answer() -> None:
    down = answers("[]\n", 1, "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?")
    with pytest.raises(EngineError) as caught:
        read_json(down, WORDS, partial=True)
    assert caught.value.code == "engine-unreachable"


def test_a_failure_that_says_nothing_on_the_error_output_is_told_by_the_other() -> None:
    with pytest.raises(EngineError, match="it is broken"):
        read_json(answers("it is broken", 125), WORDS)
