from __future__ import annotations

import base64
import random
import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackctl.secrets.patterns import look
from stackctl.secrets.scan import Known, Sought, Source, leaves
from tests.unit.secrets.made import KEYED

VALUE = "s3cr3t+/pass &word="


def made(count: int, letters: str = string.ascii_letters + string.digits) -> str:
    """A token that no scanner of this repository takes for a real one: it is made when the test runs."""
    return "".join(random.Random(count).choices(letters, k=count))


def sought(*known: Known) -> Sought:
    return Sought(known, KEYED)


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        quote(VALUE, safe=""),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
    ids=["plain", "url", "base64", "base64url"],
)
def test_a_known_value_is_found_in_every_form_with_its_place(form: str) -> None:
    (hit,) = sought(Known("db", VALUE, "shop-core-dev")).hits(Source("a/b.txt", f"first\nx: {form} y\n"))
    assert (hit.name, hit.kind, hit.place, hit.project) == ("db", "value", "a/b.txt:2:4", "shop-core-dev")
    assert hit.digest == KEYED.of("db", VALUE)[:8]


def test_basic_auth_hides_nothing_from_the_search() -> None:
    for user in ("a", "ab", "abc", "root"):
        text = base64.b64encode(f"{user}:{VALUE}".encode()).decode()
        assert [hit.name for hit in sought(Known("db", VALUE)).hits(Source("x", f"Authorization: Basic {text}"))] == [
            "db"
        ]


def test_a_hit_never_holds_the_value() -> None:
    known = Known("db", VALUE)
    hits = sought(known, Known("old", "an older value", past=True)).hits(Source("x", f"{VALUE} an older value"))
    assert [(hit.name, hit.kind) for hit in hits] == [("db", "value"), ("old", "past value")]
    assert VALUE not in repr(hits) + repr(known) + repr(Source("x", VALUE))
    assert "an older value" not in repr(hits)


def test_a_value_that_counts_again_is_not_told_as_past() -> None:
    hits = sought(Known("db", VALUE, past=True), Known("db", VALUE)).hits(Source("x", VALUE))
    assert [hit.kind for hit in hits] == ["value"]


def test_short_values_are_not_looked_for() -> None:
    assert sought(Known("db", "core")).hits(Source("x", "core core core")) == []


def test_a_place_is_told_once_though_several_forms_stand_there() -> None:
    long = "abcdefgh$ijklmnop"
    assert len(sought(Known("a", long), Known("b", "ijklmnop")).hits(Source("x", f"{long}\n"))) == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{made(64)}\n", "private key"),
        (f"AGE-SECRET-KEY-1{made(58, string.ascii_uppercase + string.digits)}", "age secret key"),
        (f"id = AKIA{made(16, string.ascii_uppercase + string.digits)}", "AWS access key"),
        (f"ghp_{made(36)}", "GitHub token"),
        (f"github_pat_{made(70)}", "GitHub token"),
        (f"glpat-{made(20)}", "GitLab token"),
        (f"xoxb-{made(30)}", "Slack token"),
        (f"sk_live_{made(24)}", "Stripe key"),
        (f"AIza{made(35)}", "Google API key"),
        (f"npm_{made(36)}", "npm token"),
        (f"dckr_pat_{made(27)}", "Docker Hub token"),
        (f"eyJ{made(20)}.eyJ{made(30)}.{made(40)}", "signed token"),
        (f"DATABASE=postgres://me:{made(20)}@db/x", "password in a URI"),
        (f"DB_PASSWORD={made(24)}", "value of a sensitive name"),
        (f'API_TOKEN: "{made(24)}"', "value of a sensitive name"),
        (f'{{"db_password": "{made(24)}"}}', "value of a sensitive name"),
        (f"MONGO_INITDB_ROOT_PASSWORD={made(32, string.hexdigits.lower())}", "value of a sensitive name"),
    ],
    ids=lambda value: "" if "=" in value or len(value) > 30 else value,
)
def test_what_looks_like_a_secret(text: str, name: str) -> None:
    assert [found.name for found in look(f"before\n{text}\nafter")] == [name]
    assert list(look(f"{text} # gitleaks:allow")) == [] or name == "private key"


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=change-me",
        "DB_PASSWORD=",
        "DB_PASSWORD_FILE=/run/secrets/db_password_2",
        "password: see the manual of 2024",
        "postgres://user:password@localhost/x",
        "postgres://user:${PASSWORD}@db/x",
        "postgres://user:<password1>@db/x",
        "SECRET_KEY = os.environ['SECRET_KEY']",
        "token = tokens[0]",
        "image: redis@sha256:" + "0123456789abcdef" * 4,
        "    --hash=sha256:" + "0123456789abcdef" * 4,
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqLl3q7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmr anna",
        "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSAv\n",
    ],
)
def test_what_does_not(text: str) -> None:
    assert list(look(text)) == []


def test_patterns_count_in_new_lines_only_and_known_values_everywhere() -> None:
    text = f"{VALUE}\nA_TOKEN={made(24)}\nB_TOKEN={made(25)}\n"
    hits = sought(Known("db", VALUE)).hits(Source("x", text, lines={3}))
    assert [hit.place for hit in hits] == ["x:1:1", "x:3:9"]


def test_the_leaves_of_a_model_have_paths() -> None:
    model = {"services": {"a": {"environment": {"X": "1"}, "command": ["b", "c"], "n": 3}}}
    assert dict(leaves(model)) == {
        "services.a.environment.X": "1",
        "services.a.command[0]": "b",
        "services.a.command[1]": "c",
    }


@given(
    value=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8, max_size=40),
    before=st.text(max_size=40),
    after=st.text(max_size=40),
)
@example(value="aaaaaaaa", before="a", after="a")
def test_no_known_value_is_overlooked(value: str, before: str, after: str) -> None:
    assert [hit for hit in sought(Known("a", value)).hits(Source("x", before + value + after)) if hit.name == "a"]
