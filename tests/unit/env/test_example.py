from __future__ import annotations

import pytest

from stackctl.env.example import load_example
from stackctl.errors import ConfigError

WILD = b"""\
# My app, @see the wiki
# @author somebody

# Where the database is
HOST=db
URL=http://$HOST/?a=b#c # and a comment
API_KEY=your-key-here
EMPTY=
BARE
HOST=db2
"""


def test_an_example_that_is_no_template_still_gives_its_values() -> None:
    template = load_example(WILD, ".env.example", "project")
    assert {item.key: item.default for item in template.items} == {
        "HOST": "db2",
        "URL": "http://db/?a=b#c",
        "API_KEY": "your-key-here",
        "EMPTY": "",
        "BARE": None,
    }
    assert [item.key for item in template.items if item.required] == ["HOST", "URL", "API_KEY"]
    assert [item.key for item in template.items if item.sensitive] == ["API_KEY"]


def test_a_clean_one_is_read_as_a_template() -> None:
    (item,) = load_example(b"# Port.\n# @type=port\nPORT=1\n", ".env.example", "project").items
    assert (item.type.name, item.description) == ("port", ("Port.",))


def test_what_compose_rejects_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"\.env\.example:1:2"):
        load_example(b"A B=1\n", ".env.example", "project")
