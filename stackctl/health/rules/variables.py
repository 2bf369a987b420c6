"""An environment variable that a process asks for and does not get."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from stackctl.health.rules.say import edit, find, log_proof, logs_in_trouble
from stackctl.health.verdict import Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, LogLine, ServiceEvidence

_NAME = r"(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"KeyError: ['\"]{_NAME}['\"]",
        rf"\b{_NAME}: (?:parameter (?:not set|null or not set)|unbound variable)",
        rf"(?i:(?:missing|required|undefined|unset|no)(?: required)?(?: environment| env)?(?: variables?| var| key)?)"
        rf"[: ]+['\"`$]?{_NAME}\b",
        rf"['\"`$]?\b{_NAME}['\"`]?(?: environment variable| env var| variable)? "
        r"(?i:(?:is |was |must be |has )?(?:not |un)?(?:been )?(?:set|defined|required|missing|provided|specified))",
        r"(?i:must|need to|have to|please|should) (?i:specify|set|provide|define|export) (?i:one of )?(?i:the )?"
        rf"['\"`$]?{_NAME}\b",
        rf"(?i:set|define|provide|export) (?i:the )?['\"`$]?{_NAME}['\"`]? (?i:environment|env)\b",
        r"(?i:invalid|missing|bad) (?i:environment|env)(?i: variables?)?\b"
        rf".*?\b{_NAME}\b.*(?i:required|missing|invalid)",
        rf"^\s+- {_NAME}$",  # MySQL and MariaDB list what they want one of
        # What `${{NAME:?why}}` of a shell prints.
        rf"^(?:\S*sh|/\S+): (?:line )?(?:\d+: )?{_NAME}: (?!.*(?:not found|[Pp]ermission denied|[Nn]o such file))",
        rf"(?i:environment variable|env var(?:iable)?)s?:? ['\"`$]?{_NAME}['\"`]? .*"
        r"(?i:not set|missing|required|undefined|empty)",
    )
)


def _settings_fields(lines: tuple[LogLine, ...]) -> list[LogLine]:
    """Give what pydantic says of missing settings as one line each: it writes the field above the reason."""
    if find(r"validation errors? for \w*(?:[Ss]ettings|[Cc]onfig|[Ee]nv)", lines) is None:
        return []
    return [
        replace(line, text=f"missing variable {above.text.strip().upper()}: {line.text.strip()}")
        for above, line in pairwise(lines)
        if re.search(r"(?i)field required", line.text) and re.fullmatch(r"\w+", above.text.strip())
    ]


def missing(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Read the process's own words; a variable that the service does have is not what it misses."""
    lines = logs_in_trouble(evidence, service)
    lines = (*_settings_fields(lines), *lines)
    for pattern in _PATTERNS:
        hit = find(pattern, lines)
        if hit is None:
            continue
        name = hit[0]["name"]
        if "_" not in name and "KeyError" not in hit[1].text and "unbound" not in hit[1].text and len(name) < 5:
            continue
        if service.environment.get(name, "") != "":
            continue
        cause = f"{service.name} needs the variable {name}, which it is not given"
        fix = edit(service, ("environment", "env_file"), f"add {name} to its environment")
        return Verdict("variable-missing", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)
    return None
