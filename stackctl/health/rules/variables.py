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
        rf"\b(?i:(?:missing|required|undefined|unset|no)(?: required)?"
        rf"(?: environment| env)?(?: variables?| vars?| keys?)?)"
        rf"[: ]+(?:[\[{{(] ?)?['\"`$]?{_NAME}\b",
        rf"['\"`$]?\b{_NAME}['\"`]?(?: environment variable| env var| variable)? "
        r"(?i:(?:is |was |must be |has )?(?:not |un)?(?:been )?(?:set|defined|required|missing|provided|specified))",
        r"(?i:must|need to|have to|please|should) (?i:specify|set|provide|define|export) (?i:one of )?(?i:the )?"
        rf"['\"`$]?{_NAME}\b",
        rf"(?i:set|define|provide|export) (?i:the )?['\"`$]?{_NAME}['\"`]? (?i:environment|env)\b",
        r"(?i:invalid|missing|bad) (?i:environment|env)(?i: variables?)?\b"
        rf".*?\b{_NAME}\b.*(?i:required|missing|invalid)",
        rf"(?i:environment variable|env var|key) not found:? ['\"`]?{_NAME}\b",
        rf"\b{_NAME} not found\. (?i:declare|set|define)",
        rf"^\s+- {_NAME}$",  # MySQL and MariaDB list what they want one of
        # What `${{NAME:?why}}` of a shell prints.
        rf"^(?:\S*sh|/\S+): (?:line )?(?:\d+: )?{_NAME}: (?!.*(?:not found|[Pp]ermission denied|[Nn]o such file))",
        rf"(?i:environment variable|env var(?:iable)?)s?:? ['\"`$]?{_NAME}['\"`]? .*"
        r"(?i:not set|missing|required|undefined|empty)",
    )
)


# A client that was given `undefined` or nothing where an address should be, in the words of drivers that say which.
_UNDEFINED = (
    r"`?uri`? parameter to `openUri\(\)` must be a string, got [\"']undefined"
    r"|[Ee]xpected string or URL object, got None"
    r"|[Ii]nvalid (?:URL|connection string|url|URI):? ?['\"]?(?:undefined|None|null)\b"
    r"|argument \"?(?:url|uri|connectionString)\"? must be of type string\. Received undefined"
    r"|secretOrPrivateKey must have a value|ConnectionString property has not been initialized"
)
_NO_ADDRESS = (
    r"Invalid scheme, expected connection string to start with|Invalid connection string|empty host in database URL"
    r"|Could not parse (?:SQLAlchemy|rfc1738) URL from|the URL must start with the protocol"
    r"|[Ii]nvalid (?:URL|DSN|URI)\b"
    r"|missing address|must specify (?:a |one of )?(?:the )?(?:following )?schemes?"
)
_ADDRESS_NAME = re.compile(r"URL|URI|DSN|HOST|ADDR|CONNECTION|ENDPOINT|BROKER|SERVER")


def _settings_fields(lines: tuple[LogLine, ...]) -> list[LogLine]:
    """Give what pydantic says of missing settings as one line each: it writes the field above the reason."""
    if find(r"validation errors? for \w*(?:[Ss]ettings|[Cc]onfig|[Ee]nv)", lines) is None:
        return []
    return [
        replace(line, text=f"missing variable {above.text.strip().upper()}: {line.text.strip()}")
        for above, line in pairwise(lines)
        if re.search(r"(?i)field required", line.text) and re.fullmatch(r"\w+", above.text.strip())
    ]


def _schema_fields(lines: tuple[LogLine, ...]) -> list[LogLine]:
    """Give what zod says of missing variables as one line each: it prints the reason and the name apart, as JSON."""
    if find(r"\"received\": ?\"undefined\"|\"message\": ?\"Required\"|received undefined", lines) is None:
        return []
    found = []
    for above, line in pairwise(lines):
        name = re.fullmatch(r"\s*['\"]([A-Z][A-Z0-9_]+)['\"],?\s*", line.text)
        if name and re.search(r"['\"]?path['\"]?: ?\[\s*$", above.text):
            found.append(replace(line, text=f"missing variable {name[1]}: Required"))
    return found


def _placeholder(service: ServiceEvidence, lines: tuple[LogLine, ...]) -> Verdict | None:
    """Spring names the property; its variable is the same in capitals, with `_` for what stands between the words."""
    hit = find(
        r"Could not resolve placeholder ['\"](?P<name>[\w.-]+?)(?::[^'\"]*)?['\"]"
        r"|config property (?P<name3>[\w.-]+) is required but it could not be found"
        r"|Missing [`'](?P<name2>[a-z_]+)[`'] for '\w+' environment",  # Rails, and its variable in capitals
        lines,
    )
    if hit is None:
        return None
    name = re.sub(r"[.]", "_", next(name for name in hit[0].groups() if name)).replace("-", "").upper()
    if service.environment.get(name, ""):
        return None
    return _verdict(service, name, hit[1])


def _blank(service: ServiceEvidence, lines: tuple[LogLine, ...]) -> Verdict | None:
    """A client got nothing where an address should be: its variable is not set, or Compose knew no value for it."""
    undefined, empty = find(_UNDEFINED, lines), find(_NO_ADDRESS, lines)
    hit = undefined or empty
    blank = [name for name, value in service.environment.items() if value == "" and _ADDRESS_NAME.search(name)]
    if hit is None or (undefined is None and not blank):
        return None
    if len(blank) == 1:
        cause = f"{service.name} needs an address in {blank[0]}, which is empty"
        fix = edit(service, (f"environment.{blank[0]}", "environment"), f"give {blank[0]} a value, here or in .env")
    else:
        cause = f"{service.name} is given no address of what it needs: its variable is not set"
        fix = edit(service, ("environment", "env_file"), "add the variable with the address to its environment")
    return Verdict("variable-missing", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def _verdict(service: ServiceEvidence, name: str, line: LogLine) -> Verdict:
    cause = f"{service.name} needs the variable {name}, which it is not given"
    if service.environment.get(name) == "":
        cause = f"{service.name} needs the variable {name}, which is empty"
    fix = edit(service, (f"environment.{name}", "environment", "env_file"), f"add {name} to its environment")
    return Verdict("variable-missing", service.name, cause, (log_proof(service, line),), fix, at=line.at)


def missing(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Read the process's own words; a variable that the service does have is not what it misses."""
    lines = logs_in_trouble(evidence, service)
    lines = (*_settings_fields(lines), *_schema_fields(lines), *lines)
    for pattern in _PATTERNS:
        hit = find(pattern, lines)
        if hit is None:
            continue
        name = hit[0]["name"]
        if "_" not in name and "KeyError" not in hit[1].text and "unbound" not in hit[1].text and len(name) < 5:
            continue
        if service.environment.get(name, "") != "":
            continue
        return _verdict(service, name, hit[1])
    return _placeholder(service, lines) or _blank(service, lines)
