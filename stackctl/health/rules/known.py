"""What a known service says of itself: the failure tables of `services/`, applied to its log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.health.rules.files import read_only
from stackctl.health.rules.say import cut, edit, find, host_path, log_proof, logs_in_trouble
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Verdict
from stackctl.services.others import OTHERS
from stackctl.services.registry import drivers

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, LogLine, ServiceEvidence
    from stackctl.services.failures import Failure

_FILE_KEYS = ("volumes", "configs", "command")


def own_words(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give the first failure of the service's table that its log holds."""
    container, trouble = worst(evidence, service)
    driver = drivers().get(service.driver)
    if container is None or not trouble or driver is None:
        return None
    for failure in driver.failures:
        hit = find(re.compile(failure.pattern), container.logs)
        if hit is not None:
            return _verdict(evidence, service, failure, hit)
    return None


def others(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give what a server that has no driver says of itself: nginx, PostgreSQL, MySQL, anything with a configuration."""
    lines = logs_in_trouble(evidence, service)
    for failure in OTHERS:
        hit = find(re.compile(failure.pattern), lines)
        if hit is not None:
            return _verdict(evidence, service, failure, hit)
    return None


def _verdict(
    evidence: Evidence, service: ServiceEvidence, failure: Failure, hit: tuple[re.Match[str], LogLine]
) -> Verdict:
    match, line = hit
    if failure.code == "permission-denied":
        better = read_only(evidence, service)
        if better is not None:
            return better
    groups: dict[str, str] = {}
    for key, value in match.groupdict().items():
        groups[key.rstrip("0123456789")] = value or groups.get(key.rstrip("0123456789"), "")
    words = {"service": service.name, "image": service.image, "path": "", "line": "", "why": "", **groups}
    container, _trouble = worst(evidence, service)
    lines = container.logs if container else ()
    after = [item for item in lines[lines.index(line) + 1 :] if item.text.strip()][:2] if line in lines else []
    words["why"] = _whole(words["why"], after)
    path, number = groups.get("path", ""), groups.get("line", "")
    source, mount = host_path(service, path) if path else ("", None)
    if not path and failure.code == "service-config-invalid":
        source = _only_config(service)
    text = failure.fix.format(**words)
    if source:
        fix = Fix(text, file=source, line=int(number) if number.isdigit() else None)
    else:
        keys = _FILE_KEYS if mount is None else ("volumes",)
        fix = edit(service, keys, text)
    if failure.command:
        fix = Fix(fix.text, failure.command.format(**words, command=evidence.command), fix.file, fix.line)
    cause = cut(" ".join(failure.cause.format(**words).split()).rstrip(": "))
    proofs = [log_proof(service, line)]
    proofs += [log_proof(service, item) for item in after]
    return Verdict(failure.code, service.name, cause, tuple(proofs), fix, at=line.at)


def _whole(why: str, after: Sequence[LogLine]) -> str:
    """Give a reason that ends with a colon together with the line that follows it."""
    said = why.strip()
    if said and not said.endswith(":"):
        return said
    for line in after:
        text = line.text.strip()
        if text and text not in said:
            said = f"{said} {text}".strip()
        if not said.endswith(":"):
            break
    return said


def _only_config(service: ServiceEvidence) -> str:
    """Give the one configuration file that is mounted, where there is exactly one."""
    files = [
        mount.source
        for mount in service.mounts
        if mount.kind == "bind" and re.search(r"\.(?:conf|ya?ml|json|toml|ini)$", mount.target)
    ]
    return files[0] if len(files) == 1 else ""
