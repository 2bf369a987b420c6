"""Values that somebody meant to replace: `change-me`, `your-key-here`, `<token>`, `xxx`."""

from __future__ import annotations

import re

LONGEST = 200  # a certificate is no placeholder, and looking through megabytes takes its time
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(?:me|this|it)(?:[-_ ](?:please|now))?\W*\d*|to[-_ ]?be[-_ ]?(?:changed|replaced|filled|set)"
    r"|(?:replace|fill)[-_ ]?(?:me|this|it|in)(?:[-_ ]?(?:please|here|now))?\W*|(?:set|edit)[-_ ]?me\W*"
    r"|(?:insert|enter|put|add|paste|replace)[-_ ](?:your|the|a|with)[-_ ].*"
    r"|your[-_ ].*|(?:my|some|a)[-_ ](?:very[-_ ])?(?:super[-_ ])?(?:secret|password|token|api[-_ ]?key)\W*\d*"
    r"|.+[-_ ](?:goes[-_ ])?here"
    r"|place[-_ ]?holder|dummy|todo|tbd|fixme|undefined|example[-_ ](?:key|token|secret|password|value)"
    r"|x{3,}|\*{3,}|\.{3}|-{3,}|\?{2,}|<[^<>]*>|\{\{[^{}]*\}\}|__[a-z_]+__",
)


def is_placeholder(value: str) -> bool:
    """Say whether a value is most likely one that somebody meant to replace."""
    return len(value) <= LONGEST and bool(_PLACEHOLDER.fullmatch(value.strip().lower()))
