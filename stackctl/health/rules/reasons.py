"""The line of a crashed program that gives its reason, and what helps against the frequent ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.health.rules.say import edit, host_path, last_words
from stackctl.health.verdict import Fix
from stackctl.services.crashes import REASONS, REMEDIES

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, LogLine, ServiceEvidence

LONGEST = 160
# A program names itself and the time first: what follows is the sentence.
_HEAD = re.compile(
    r"^(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z| ?[+-]\d\d:?\d\d)?\]?\s*)?(?:\[\d+\]\s*)?"
    r"(?:\[?(?:ERROR|FATAL|CRITICAL)\]?[: ]\s*)?"
)
# What a shell or a reader of a script with Windows line ends says; the engine's log has lost the character itself.
_LINE_ENDS = re.compile(
    r"(?P<a>\S+?): (?:line )?\d+: set: (?:Illegal option -|- ?: invalid option)\s*$"
    r"|(?:^|: )[‘'\"]?(?P<c>[\w/.-]+)\\r[’'\"]?: No such file or directory"
    r"|(?P<b>\S+?): line \d+: \$?'?[^' ]*\\r'?: (?:command not found|No such file)"
    r"|(?P<d>\S+): \S+\^M: bad interpreter|syntax error near unexpected token `\$?'?[^`]*\\r'"
)


def reason(container: ContainerFacts) -> LogLine | None:
    """Give the line that says why a program ended, None where none of its last words does."""
    said = [line for line in last_words(container.logs) if line.text.strip()]
    for pattern in REASONS:
        found = [line for line in said if re.search(pattern, line.text)]
        if found:
            return found[-1]
    return said[-1] if said and container.exit_code else None


def sentence(line: LogLine | None) -> str:
    """Give a line as the end of a cause: without its time and level, short enough for a headline."""
    text = " ".join(_HEAD.sub("", line.text.strip()).split()) if line else ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def line_ends(service: ServiceEvidence, container: ContainerFacts) -> tuple[LogLine, str, Fix] | None:
    """Give the line of a script that was written with Windows line ends, what is wrong, and how to mend the file."""
    for line in last_words(container.logs):
        match = _LINE_ENDS.search(line.text)
        if match is None:
            continue
        groups = match.groupdict()
        name = groups["a"] or groups["b"] or groups["d"] or ""
        script = next((word for word in container.argv if name and word.endswith(name.rpartition("/")[2])), name)
        script = script if groups["a"] or groups["b"] or groups["d"] else (container.argv or ("its script",))[0]
        source = _on_the_host(service, container, script)
        text = "write it with Unix line ends (LF); git: *.sh text eol=lf in .gitattributes"
        fix = Fix(text, f"sed -i 's/\\r$//' {source}" if source else None, source or None, 1 if source else None)
        return line, f"{script or 'a script'} of {service.name} has Windows line ends (CRLF)", fix
    return None


def _on_the_host(service: ServiceEvidence, container: ContainerFacts, script: str) -> str:
    if script.startswith("/"):
        return host_path(service, script)[0]
    name = script.rpartition("/")[2]
    folders = [mount for mount in service.mounts if mount.kind == "bind" and "." not in mount.target.rpartition("/")[2]]
    plain = name and len(folders) == 1 and not container.read_only
    return f"{folders[0].source.rstrip('/')}/{script.removeprefix('./')}" if plain else ""


def remedy(service: ServiceEvidence, line: LogLine | None) -> Fix | None:
    """Give what helps against a reason that is known, None for all others."""
    for item in REMEDIES:
        match = re.search(item.pattern, line.text) if line else None
        if match is None:
            continue
        name = next((value for value in match.groupdict().values() if value), "")
        fix = edit(service, item.keys, item.fix.format(name=name)) if item.keys else Fix(item.fix.format(name=name))
        return replace(fix, command=item.command.format(name=name) or None)
    return None
