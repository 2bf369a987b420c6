from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import ConfigError
from stackctl.secrets.sealed_file import Block, Key, read_sealed, render
from tests.unit.secrets.made import Person, sealed

ANNA = Person()
BLOCKS = sealed({"mongo_root": "one", "redis_password": "two"}, ANNA)
TEXT = render(BLOCKS, "core · dev")
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)


def test_names_are_readable_and_values_are_not() -> None:
    assert "[secret mongo_root] recipients=" in TEXT
    assert "one" not in TEXT.partition("\n\n")[2].replace("[secret mongo_root]", "")


@given(
    st.dictionaries(
        st.builds(Key, st.sampled_from(["secret", "variable"]), NAMES), st.sampled_from(list(BLOCKS.values()))
    )
)
def test_what_is_written_is_read_back(blocks: dict[Key, Block]) -> None:
    text = render(blocks, "core · dev")
    assert read_sealed(text, "file") == blocks
    assert render(read_sealed(text, "file"), "core · dev") == text
    assert read_sealed(text.replace("\n", "\r\n"), "file") == blocks


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[secret mongo_root]", "[secret mongo root]", ":4: this line belongs to no sealed value"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\n", "", ":5: the sealed text is missing"),
        ("-----END AGE ENCRYPTED FILE-----\n", "", "this line is no sealed text|belongs to no sealed value"),
        ("[secret redis_password]", "[secret mongo_root]", "the secret mongo_root is there twice"),
        ("\n[secret redis", "\n<<<<<<< HEAD\n[secret redis", "a merge left a conflict here"),
        ("YWdl", "=======\nYWdl", "a merge left a conflict here"),
        ("YWdl", "Y W dl", "this line is no sealed text"),
    ],
)
def test_damage_is_told_with_its_line(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(ConfigError, match=said) as caught:
        read_sealed(TEXT.replace(before, after, 1), "env/core/dev.secrets.age")
    assert caught.value.code == "sealed-damaged"
    assert caught.value.message.startswith("env/core/dev.secrets.age:")


@given(st.integers(0, len(TEXT)))
def test_a_file_that_is_cut_short_is_whole_blocks_or_an_error(end: int) -> None:
    try:
        found = read_sealed(TEXT[:end], "file")
    except ConfigError as error:
        assert error.code == "sealed-damaged"
    else:
        assert all(BLOCKS[key].armour.strip() == block.armour.strip() for key, block in found.items())


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_an_answer_or_an_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        read_sealed(text, "file")
