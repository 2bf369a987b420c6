"""What a run writes goes again: after it, and with the next one where it was killed."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from stackctl.engine.net import Answer, HttpRequest
from stackctl.errors import Refused
from stackctl.verify.leftover import LOCK, NAME, NOTE, TAG, clear, remember, tidy
from stackctl.verify.site import Site
from stackctl.verify.story import story
from stackctl.workspace.home import project_home
from stackctl.workspace.lock import locked
from tests.unit.fakes import START
from tests.unit.verify.made import CORE, FakeWeb, site

BASE = "http://127.0.0.1:8080"


def identity(seconds: float, number: int = 0) -> str:
    """An id as the app gives them: it begins with the second of its making."""
    return f"{int(START.timestamp() + seconds):08x}{number:016x}"


@dataclass
class App:
    """Keeps items as the core stack's app does, two to a page."""

    items: dict[str, dict[str, object]] = field(default_factory=dict)
    away: bool = False
    lies: bool = False

    def __call__(self, request: HttpRequest) -> Answer:
        if self.away:
            raise ConnectionRefusedError("refused")
        _empty, _items, *found = urlsplit(request.url).path.split("/")
        if request.method == "POST":
            assert request.body is not None
            new = identity(0, len(self.items))
            self.items[new] = json.loads(request.body)
            return Answer(201, json.dumps({"id": new}).encode())
        if request.method == "DELETE" and self.lies:
            return Answer(204, b"")
        if request.method == "DELETE":
            return Answer(204 if self.items.pop(found[0], None) else 404, b"")
        if found:
            return Answer(200 if found[0] in self.items else 404, b"{}")
        after = parse_qs(urlsplit(request.url).query).get("after", [""])[0]
        rows = [{"id": key, **item} for key, item in sorted(self.items.items()) if key > after]
        next_page = rows[1]["id"] if len(rows) > 2 else None
        return Answer(200, json.dumps({"items": rows[:2], "next": next_page}).encode())

    def add(self, key: str, name: str = NAME, *tags: str) -> None:
        self.items[key] = {"name": name, "tags": list(tags)}


def there(tmp_path: Path, app: App) -> Site:
    return site(tmp_path, CORE, web=FakeWeb({"8080/items": app}))


def note(where: Site) -> Path:
    return project_home(where.world.shell, where.project) / NOTE


def test_what_was_written_is_gone_after_the_block_whatever_happened(tmp_path: Path) -> None:
    app = App()
    where = there(tmp_path, app)
    with pytest.raises(KeyboardInterrupt), tidy(where, BASE, 0):
        assert story(where)
        assert len(app.items) == 1
        raise KeyboardInterrupt
    assert app.items == {}
    assert not note(where).exists()


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    app = App()
    assert story(there(tmp_path, app))
    assert len(app.items) == 1
    with tidy(there(tmp_path, app), BASE, 0):
        assert app.items == {}, "before anything else is written"


def test_a_run_that_was_killed_before_the_app_answered_knows_no_id(tmp_path: Path) -> None:
    """Its item is found by its name and its mark among those since then, and nobody else's is touched."""
    app = App()
    app.add(identity(-3600), NAME, TAG)
    app.add(identity(1, 1), "mine", TAG)
    app.add(identity(1, 2), NAME, "mine")
    app.add(identity(1, 3), NAME, TAG)
    app.add(identity(2), NAME)
    where = there(tmp_path, app)
    remember(where, START)
    clear(where, BASE)
    assert set(app.items) == {identity(-3600), identity(1, 1), identity(1, 2), identity(2)}
    assert not note(where).exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"item": "x", "at": 3}', '{"item": "", "at": "never"}'])
def test_a_note_that_nobody_can_read_harms_nothing(tmp_path: Path, text: str) -> None:
    app = App()
    app.add(identity(0), "mine")
    where = there(tmp_path, app)
    where.world.files.make_dir(note(where).parent)
    note(where).write_text(text)
    clear(where, BASE)
    assert list(app.items) == [identity(0)]


def test_an_app_that_only_says_that_it_removes_leaves_the_note(tmp_path: Path) -> None:
    app = App()
    assert story(there(tmp_path, app))
    app.lies = True
    clear(there(tmp_path, app), BASE)
    assert note(there(tmp_path, app)).exists()


def test_where_the_app_is_away_the_note_stays_for_the_next_run(tmp_path: Path) -> None:
    app = App()
    assert story(there(tmp_path, app))
    app.away = True
    clear(there(tmp_path, app), BASE)
    assert note(there(tmp_path, app)).exists()
    app.away = False
    clear(there(tmp_path, app), BASE)
    assert app.items == {}


def test_an_interrupted_run_begins_no_story(tmp_path: Path) -> None:
    app = App()
    where = there(tmp_path, app)
    where.stopped.set()
    assert story(where) is None
    assert app.items == {}


def test_a_run_beside_another_waits_and_then_says_for_whom(tmp_path: Path) -> None:
    where = there(tmp_path, App())
    lock = project_home(where.world.shell, where.project) / LOCK
    with (
        locked(lock, "verify", 0, where.world.clock),
        pytest.raises(Refused) as caught,
        tidy(where, BASE, 20),
    ):
        pass
    assert "stackctl verify (process" in str(caught.value)
    assert where.world.clock.monotonic() >= 20


def test_without_an_app_nothing_is_locked_or_noted(tmp_path: Path) -> None:
    where = site(tmp_path)
    with tidy(where, "", 0):
        pass
    assert not project_home(where.world.shell, where.project).exists()
