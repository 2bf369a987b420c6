"""Everything that can be known to fail before a start. Nothing is changed; values in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.doctor.binds import bind_findings
from stackctl.doctor.builds import build_findings
from stackctl.doctor.externals import external_findings, name_findings, subnet_findings
from stackctl.doctor.mounted import secret_findings
from stackctl.doctor.ports import port_findings
from stackctl.doctor.remote import remote_findings
from stackctl.doctor.space import space_findings
from stackctl.doctor.volumes import volume_findings
from stackctl.errors import Finding, Refused, StackctlError, StartError

if TYPE_CHECKING:
    from stackctl.doctor.ground import Ground

# Findings where going on would lose or mix up something, rather than fail by itself.
REFUSED = ("remote-bind", "volume-changed")


def preflight(ground: Ground) -> list[Finding]:
    """Give all findings for a start of these services: errors first, each once."""
    files = [*bind_findings(ground), *secret_findings(ground), *build_findings(ground)]
    found = [
        *remote_findings(ground),
        *volume_findings(ground),
        *port_findings(ground.stack, ground.services, ground.around.neighbours, ground.host, local=ground.facts.local),
        # On a remote engine the missing file is not what is wrong with a bind mount.
        *(files if ground.facts.local else build_findings(ground)),
        *external_findings(ground),
        *name_findings(ground),
        *subnet_findings(ground),
        *space_findings(ground.facts, ground.host),
    ]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.severity != "error")


def failure(findings: Sequence[Finding]) -> StackctlError | None:
    """Give the error that the findings amount to, or None: Refused (7) where data is at stake, else StartError (5).

    Its code and sentence are the first error's; all findings travel with it.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    refused = [finding for finding in errors if finding.code in REFUSED]
    if not errors:
        return None
    first = (refused or errors)[0]
    kind = Refused if refused else StartError
    return kind(first.message, first.hint, code=first.code, findings=findings)
