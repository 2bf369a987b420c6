from __future__ import annotations

import sys
import unicodedata

from stackctl.env.grammar import parse
from stackctl.env.scan import BLANK, WIDE_SPACE, scan
from stackctl.errors import ConfigError


def is_name_character(character: str) -> bool:
    try:
        return scan(f"a{character}b=1\n", "x")[0].key == f"a{character}b"
    except ConfigError:
        return False


def test_a_name_takes_letters_and_numbers_of_every_script_and_five_signs() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        wanted = unicodedata.category(character)[0] in "LN" or character in "_.-[]"
        if character in BLANK or (code > 0x3400 and code % 97):  # mostly ideographs, all alike
            continue
        assert is_name_character(character) == wanted, hex(code)


def test_space_is_what_go_calls_space() -> None:
    spaces = {chr(c) for c in range(0x3100) if unicodedata.category(chr(c)) in ("Zs", "Zl", "Zp")}
    assert set(WIDE_SPACE) == spaces | set("\t\n\v\f\r\x85")
    assert set(BLANK) < set(WIDE_SPACE)
    assert parse("K=a\u2003\x1f\n".encode(), "x").entries[0].raw_value == "a\u2003\x1f"
    assert parse("K=a\x1f\u2003\n".encode(), "x").entries[0].raw_value == "a\x1f"


def test_export_needs_a_blank_after_it() -> None:
    assert [entry.key for entry in scan("export A=1\nexportB=2\nexport=3\nexport\vC=4\n", "x")] == [
        "A",
        "exportB",
        "export",
        "export\vC",
    ]
