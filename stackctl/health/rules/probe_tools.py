"""A health check whose program is not there, or that is written as one word, or that asks without a password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.health.rules.say import cut, edit
from stackctl.health.verdict import Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, ProbeRun, ServiceEvidence

_NO_TOOL = (
    r"exec: \"(?P<a>[^\"]+)\": (?:executable file not found|stat .*?: no such file|permission denied)"
    r"|(?:^|: )(?:line )?(?:\d+: )?(?P<b>[^\s:]+): (?:command )?not found"
    r"|exec (?P<c>/\S+): no such file or directory"
    r"|(?:^|: )(?:\d+: )?(?P<d>/[^\s:]+): (?:No such file or directory|Permission denied)$"
)


def missing_tool(service: ServiceEvidence, run: ProbeRun, test: str, proofs: tuple[Proof, ...]) -> Verdict | None:
    """Give the verdict for a probe whose program the image does not have."""
    tool = _missing(run, test)
    if not tool:
        return None
    if " " in tool:
        words = ", ".join(f'"{word}"' for word in tool.split())
        cause = f"the health check of {service.name} is one word, {cut(tool)!r}, and no program is called so"
        text = f'write its words apart: ["CMD", {words}]'
    else:
        cause = f"the health check of {service.name} runs {tool}, and its image has no such program"
        text = f"use a program that the image has, or an image with {tool}"
    return Verdict("probe-tool-missing", service.name, cause, proofs, edit(service, ("healthcheck",), text), at=run.at)


def no_password(
    service: ServiceEvidence, container: ContainerFacts, test: str, proofs: tuple[Proof, ...]
) -> Verdict | None:
    """Give the verdict for redis-cli that asks without the password: `| grep PONG` swallows the answer."""
    wants = any(word.startswith("--requirepass") for words in container.argv for word in words.split())
    gives = re.search(r"\s(?:-a|--pass|--user|--askpass)\b|REDISCLI_AUTH", test)
    if not wants or gives or "redis-cli" not in test or "REDISCLI_AUTH" in service.environment:
        return None
    cause = f"the health check of {service.name} gives no password, and {service.name} wants one (--requirepass)"
    fix = edit(service, ("healthcheck",), "give it the password: set REDISCLI_AUTH in its environment, or redis-cli -a")
    return Verdict("probe-failing", service.name, cause, proofs, fix)


def _missing(run: ProbeRun, test: str) -> str:
    if run.exit_code not in (-1, 1, 2, 126, 127):
        return ""
    match = re.search(_NO_TOOL, run.output, re.MULTILINE)
    if match is None:
        return ""
    name = next(value for value in match.groupdict().values() if value)
    # `404 page not found` and `key: not found` are answers; a program is a word of the test, or a shell.
    return name if name in test or name.endswith(("/sh", "/bash")) else ""
