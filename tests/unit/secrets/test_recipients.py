from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import ConfigError, Misuse
from stackctl.secrets.recipients import read_recipients
from tests.unit.secrets.made import Person

KEYS = [Person().public for _ in range(4)]


def test_a_file_of_names_and_keys() -> None:
    text = f"# Who can read.\n\n# Anna\n{KEYS[0]}\n{KEYS[1]}\n"
    file = read_recipients(text, "recipients")
    assert [(item.name, item.key) for item in file.recipients] == [("Anna", KEYS[0]), ("", KEYS[1])]
    assert file.text == text


def test_adding_keeps_every_other_byte() -> None:
    text = f"# ours\n# Anna\n{KEYS[0]}"
    after = read_recipients(text, "recipients").add(KEYS[1], "Ben")
    assert after.text == f"{text}\n\n# Ben\n{KEYS[1]}\n"
    assert after.keys == (KEYS[0], KEYS[1])


def test_a_first_key_comes_with_a_head_that_says_what_the_file_is() -> None:
    after = read_recipients("", "recipients").add(KEYS[0], "")
    assert after.text.startswith("# Who can open")
    assert [(item.name, item.key) for item in after.recipients] == [("", KEYS[0])]


@pytest.mark.parametrize("word", ["Ben", "ben", KEYS[1]], ids=["name", "other case", "key"])
def test_removing_by_name_or_key_takes_the_name_along(word: str) -> None:
    file = read_recipients(f"# Anna\n{KEYS[0]}\n\n# Ben\n{KEYS[1]}\n# Cleo\n{KEYS[2]}\n", "recipients")
    after = file.remove(file.find(word))
    assert after.text == f"# Anna\n{KEYS[0]}\n\n# Cleo\n{KEYS[2]}\n"


def test_nobody_is_found_by_a_part_of_a_name() -> None:
    assert read_recipients(f"# Anna\n{KEYS[0]}\n", "recipients").find("Ann") == []


def test_a_line_that_is_no_key_has_a_place() -> None:
    with pytest.raises(ConfigError, match=r"^recipients:2: that is no public key"):
        read_recipients(f"{KEYS[0]}\nnonsense\n", "recipients")


def test_a_name_of_two_lines_is_refused() -> None:
    with pytest.raises(Misuse):
        read_recipients("", "recipients").add(KEYS[0], f"Ben\n{KEYS[1]}")


def test_the_digest_is_of_the_set_of_keys() -> None:
    one, other = read_recipients(f"{KEYS[0]}\n{KEYS[1]}", "a"), read_recipients(f"# B\n{KEYS[1]}\n{KEYS[0]}\n", "b")
    assert one.digest == other.digest != read_recipients(KEYS[0], "c").digest


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(["", "Anna", "Ben B."])), unique_by=lambda x: x[0]))
def test_what_was_added_is_removed_again(people: list[tuple[str, str]]) -> None:
    file = read_recipients("", "recipients")
    for key, name in people:
        file = file.add(key, name)
    assert [(item.key, item.name) for item in file.recipients] == people
    for key, _name in people:
        file = file.remove(file.find(key))
    assert file.recipients == ()
