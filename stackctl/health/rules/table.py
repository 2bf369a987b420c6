"""The rules in the order in which they are asked: who knows exactly comes before who only sees that it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.health.rules import (
    clients,
    files,
    known,
    listening,
    machine,
    probes,
    start,
    state,
    variables,
    whole,
)

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence
    from stackctl.health.verdict import Rule, Verdict

RULES: tuple[Rule, ...] = (
    start.refused,
    machine.found,
    machine.same_name,
    machine.image,
    machine.failed_build,
    machine.platform,
    whole.complaint,
    state.line_ends,
    start.bad_format,
    start.shell_missing_command,
    known.own_words,
    state.out_of_memory,
    files.folder_for_file,
    files.full,
    files.read_only,
    files.denied,
    variables.missing,
    clients.complaint,
    listening.taken,
    known.others,
    listening.published,
    probes.old_password,
    probes.failing,
    state.ended,
    state.stuck,
)


def examine(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give the first verdict that a rule has for a service."""
    for rule in RULES:
        found = rule(evidence, service)
        if found is not None:
            return found
    return None
