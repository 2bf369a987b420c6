"""Makes env files that are likely to hit a corner of the grammar; the same seed gives the same files."""

from __future__ import annotations

import random

KEYS = ("A", "B", "K", "K", "L", "a.b", "A-B", "X", "export E", "export\tE", "1N", "É", "A[0]", "Kſ", "K ", "A\tB")
ODD_KEYS = ("A B", "A@B", '"K"', "", "export", "\ufeffK", "K\u200b", "\u0085K", "Ⅷ", "\u2003K", "K\u2003", "x\x00")
SEPARATORS = ("=", "=", "=", "=", ":", ": ", " = ", "=\t", "=\u00a0", "=\u0085", "\n", "")
PLAIN = ("v", "a b", "val#x", "é", "\u00a0", "\u2003", "\x85", "0", "-", ".", "\\", "\t", "it", "=", ":", "\x1f", "\r")
REFERENCES = (
    "$A", "${A}", "$$", "$", "$1", "$(", "${K}", "${K:-d}", "${U:-d}", "${U-}", "${E-d}", "${A:+y}", "${U+y}", "${A+y}",
    "${U:-${A}}", "${U:-{}}", "${U:-{x}}", "${U:-a}b}", "${A:-a}${U:-b}", "${A}${U:-b}c}", "${U:-$$}", "${A:?m}",
    "${A?}", "$ſ", "$K", "${ſ:-k}", "${U:-a:?b}", "${A-{}{}}", "$export", "$a.b", "${U:-\\$A}", "$_", "${_U-é}", "$X",
    "${X:-s}",
)  # fmt: skip
BROKEN = ("${", "${}", "${1x}", "${ B }", "${B:}", "${B/x/y}", "${b", "${U:?boom}", "${U?}", "${U:-a\nb}", "${A:-${1}}")
ESCAPES = (
    "\\n", "\\\\", "\\$", "\\$A", "\\t", "\\c", "\\x41", "\\u00e9", "\\0101", "\\08", "\\0", "\\012", "\\0400",
    "\\0377", "\\00441", "\\'", '\\"', "\\\n", "\\é", "\\", "\\\\\\", "\\0044A", "\\a\\b\\f\\r\\v",
)  # fmt: skip
TAILS = (
    "\n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    " # note\n",
    "\t# note\n",
    "#x\n",
    " \n",
    "b\n",
    " L=2\n",
    "\n\n# c\n",
    "\r",
    "",
)


def env_file(seed: int, wild: float = 0.02) -> bytes:
    """Give one file of a few statements; `wild` is how often a part is one that Compose is likely to reject."""
    source = random.Random(seed)
    statements = "".join(_statement(source, wild) for _ in range(source.randint(1, 5)))
    data = statements.encode()
    if source.random() < 0.02:
        data = b"\xef\xbb\xbf" + data
    if source.random() < 0.02:
        at = source.randrange(len(data) + 1)
        data = data[:at] + bytes([source.randrange(256)]) + data[at:]
    return data


def _statement(source: random.Random, wild: float) -> str:
    if source.random() < 0.1:
        return source.choice(("\n", "# note K=1\n", "  # note\n", "\t\n", "#\n"))
    key = source.choice(ODD_KEYS if source.random() < wild else KEYS)
    separator = source.choice(SEPARATORS)
    if separator in {"\n", ""}:
        separator = "\n" if source.random() > wild else separator
        return key + separator if source.random() < 0.2 else key + "=" + _value(source, wild) + "\n"
    return key + separator + _value(source, wild) + source.choice(TAILS)


def _value(source: random.Random, wild: float) -> str:
    mark = source.choice(("", "", "'", '"', '"'))
    parts = [_part(source, wild) for _ in range(source.randint(0, 4))]
    if mark:
        parts = [part.replace(mark, "\\" + mark) if source.random() > wild else part for part in parts]
        if "\\" in "".join(parts)[-1:]:
            parts.append("e")
    return mark + "".join(parts) + (mark if source.random() > wild else "")


def _part(source: random.Random, wild: float) -> str:
    kind = source.random()
    if kind < wild / 2:
        return source.choice(BROKEN)
    if kind < 0.4:
        return source.choice(REFERENCES)
    if kind < 0.65:
        return source.choice(ESCAPES)
    return source.choice((*PLAIN, "\n", "# x", " #y", "'", '"', "`"))
