"""What a secret that nobody knows looks like: the forms that issuers gave their tokens, keys, and assignments.

The prefixes are those that the issuers document; gitleaks and detect-secrets use the same. A line that says
`gitleaks:allow` or `pragma: allowlist secret`, as for those tools, is passed over.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from stackctl.mask import assignments

ALLOWED = ("gitleaks:allow", "pragma: allowlist secret")
_WORD = re.compile(r"[A-Za-z0-9+/=_.~-]{16,}")
_URI = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:(?P<value>[^\s/@'\"]{8,})@[\w\[]", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(?:Bearer|bearer|Basic|basic)[ \t]+(?P<value>[A-Za-z0-9+/=_.~-]{16,})")
LEAST_ENTROPY = 3.2  # bits per character: hexadecimal text of 16 random characters has 3.2 and more, words have less


@dataclass(frozen=True)
class Pattern:
    """A token's form; `sign` is a piece of it that is looked for first, because that is quick."""

    name: str
    sign: str
    form: re.Pattern[str]


def _pattern(name: str, sign: str, form: str) -> Pattern:
    return Pattern(name, sign, re.compile(form))


PATTERNS = (
    _pattern("private key", "PRIVATE KEY-----", r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16,}"),
    _pattern("age secret key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _pattern("AWS access key", "A", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    _pattern("GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    _pattern("GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    _pattern("GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    _pattern("Slack token", "xox", r"\bxox[abposr]-[A-Za-z0-9-]{20,}"),
    _pattern("Stripe key", "_live_", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    _pattern("Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    _pattern("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _pattern("PyPI token", "pypi-", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    _pattern("Docker Hub token", "dckr_pat_", r"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
    _pattern("signed token", "eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
)


@dataclass(frozen=True)
class Found:
    """A piece of text that looks like a secret: what it looks like, where it starts, and the piece itself."""

    name: str
    start: int
    value: str


def look(text: str) -> Iterator[Found]:
    """Give what looks like a secret, in no order; lines that allow it are passed over."""
    for found in look_everywhere(text):
        end = text.find("\n", found.start)
        line = text[text.rfind("\n", 0, found.start) + 1 : len(text) if end < 0 else end]
        if not any(word in line for word in ALLOWED):
            yield found


def look_everywhere(text: str) -> Iterator[Found]:
    """Give what looks like a secret, in no order, also where a line allows it: a log can say that of itself."""
    for pattern in PATTERNS:
        if pattern.sign in text:
            yield from (Found(pattern.name, match.start(), match[0]) for match in pattern.form.finditer(text))
    if "earer " in text or "asic " in text:
        for match in _AUTHORIZATION.finditer(text):
            if _random(match["value"]):
                yield Found("authorization", match.start("value"), match["value"])
    if "://" in text:
        for match in _URI.finditer(text):
            if _random(match["value"]):
                yield Found("password in a URI", match.start("value"), match["value"])
    for start, value in assignments(text):
        if _WORD.fullmatch(value) and _random(value):
            yield Found("value of a sensitive name", start, value)


def _random(value: str) -> bool:
    """Whether a text looks made by a machine: digits and letters, and no character much more often than others."""
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) or re.search(r"[${}<>*]", value):
        return False
    return entropy(value) >= LEAST_ENTROPY


def entropy(value: str) -> float:
    """Give the bits per character, as Shannon counts them."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
