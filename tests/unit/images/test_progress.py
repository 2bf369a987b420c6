from __future__ import annotations

import pytest

from stackctl.images.progress import LONGEST, StepReader, shorten

LINES = """#0 building with "default" instance using docker driver
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 1.0kB done
#5 [build 1/4] FROM docker.io/stackctl/gobuild:local
#5 DONE 0.0s
#6 [build 2/4] RUN --mount=type=cache,id=a,target=/root/go     --mount=type=secret,id=ca go build
#6 0.5 go: downloading x
#7 [stage-1 2/3] COPY a /b
#7 CACHED
#6 1.2 go: downloading y
#7 0.3 now this one
#6 2.2 back
#8 exporting to image
#8 exporting layers 0.2s done
"""


def test_the_steps_of_a_build() -> None:
    reader = StepReader()
    steps = [step for step in map(reader.read, LINES.splitlines(keepends=True)) if step]
    assert steps == [
        "[build 1/4] FROM docker.io/stackctl/gobuild:local",
        "[build 2/4] RUN go build",
        "[stage-1 2/3] COPY a /b",
        "[build 2/4] RUN go build",
        "[stage-1 2/3] COPY a /b",
        "[build 2/4] RUN go build",
        "writing the image",
    ]


@pytest.mark.parametrize("line", ["", "hello", "#x [1/2] RUN", "#9 1.0 output of an unknown step", "#9 DONE 0.1s"])
def test_other_lines_say_nothing(line: str) -> None:
    assert StepReader().read(line) == ""


def test_a_long_step_is_one_short_line() -> None:
    assert shorten("a\tb\n  c") == "a b c"
    assert len(shorten("x" * 500)) == LONGEST
