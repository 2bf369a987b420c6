from __future__ import annotations

import json
import re

import pytest

from stackctl.ui.progress import JsonProgress, LiveProgress, PlainProgress, QuietProgress, progress_for
from stackctl.ui.style import Style
from stackctl.workspace.events import Event, note
from tests.unit.ui.screens import Pipe, Terminal

PLAIN = Style(on=False)
STORY = [
    note("with your own layer dev.local.yml"),
    Event("phase", "building, its image is not here", "web", "running"),
    Event("image", "[2/3] RUN pip install", "web", "running", 1.5),
    Event("image", "built", "web", "done", 12.0),
    Event("service", "first probe", "db", "waiting", 0.1),
    Event("service", "healthy", "db", "ready", 4.21),
    Event("service", "exit code 3", "web", "failed", 185.0),
    Event("finding", "odd", "db", "strange-state"),
]


def plain(*events: Event) -> list[str]:
    stream = Pipe()
    progress = PlainProgress(stream, PLAIN)
    for event in events:
        progress(event)
    progress.close()
    return stream.lines


def test_in_a_pipe_each_change_is_a_timed_line_without_control_codes() -> None:
    lines = plain(*STORY)
    assert lines == [
        "· with your own layer dev.local.yml",
        "· web: building, its image is not here",
        "· web: [2/3] RUN pip install · 1.5 s",
        "✓ web: built · 12.0 s",
        "… db: first probe · 100 ms",
        "✓ db: healthy · 4.2 s",
        "✗ web: exit code 3 · 3 min 5 s",
        "· db: odd",
    ]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", "".join(lines))


def test_of_a_builds_many_steps_few_are_told() -> None:
    steps = [Event("image", f"step {number}", "web", "running", number / 100) for number in range(200)]
    lines = plain(*steps, Event("image", "built", "web", "done", 2.0))
    assert lines == ["· web: step 0 · 0 ms", "✓ web: built · 2.0 s"]


def test_two_images_are_told_apart() -> None:
    lines = plain(Event("image", "pulling", "a", "running"), Event("image", "pulling", "b", "running"))
    assert lines == ["· a: pulling", "· b: pulling"]


def test_scripts_get_one_json_object_per_event() -> None:
    stream = Pipe()
    progress = JsonProgress(stream)
    for event in STORY:
        progress(event)
    progress.close()
    values = [json.loads(line) for line in stream.lines]
    assert len(values) == len(STORY)
    assert values[5] == {"event": "service", "subject": "db", "state": "ready", "text": "healthy", "elapsed": 4.21}
    assert values[0] == {"event": "note", "subject": "", "state": "", "text": STORY[0].text, "elapsed": None}


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    progress = QuietProgress()
    for event in STORY:
        progress(event)
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_live_table_and_lines_above_it() -> None:
    stream = Terminal()
    progress = LiveProgress(stream, PLAIN)
    for event in STORY:
        progress(event)
    progress.close()
    text = stream.getvalue()
    assert "with your own layer dev.local.yml" in text
    assert "db" in text
    assert "healthy" in text
    assert "exit code 3" in text
    progress.close()  # a second end is fine


def test_a_live_table_that_never_began_ends_quietly() -> None:
    stream = Terminal()
    LiveProgress(stream, PLAIN).close()
    assert stream.getvalue() == ""


def test_markup_in_a_text_is_text() -> None:
    stream = Terminal()
    progress = LiveProgress(stream, PLAIN)
    progress(Event("service", "[red]odd[/red]", "db", "waiting"))
    progress(note("[bold]odd[/bold] [/nothing]"))
    progress.close()
    assert "[red]odd[/red]" in stream.getvalue()
    assert "[bold]odd[/bold] [/nothing]" in stream.getvalue()


@pytest.mark.parametrize(
    ("terminal", "json_stream", "quiet", "plain", "kind"),
    [
        (True, True, True, True, JsonProgress),
        (True, False, True, False, QuietProgress),
        (True, False, False, True, PlainProgress),
        (False, False, False, False, PlainProgress),
        (True, False, False, False, LiveProgress),
    ],
)
def test_what_fits_is_chosen(terminal: bool, json_stream: bool, quiet: bool, plain: bool, kind: type) -> None:
    stream = Terminal() if terminal else Pipe()
    assert isinstance(progress_for(stream, PLAIN, json_stream=json_stream, quiet=quiet, plain=plain), kind)
