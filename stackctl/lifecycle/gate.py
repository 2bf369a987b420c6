"""Never a new secret for old data: a volume that was initialised with another password would lock everybody out."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from stackctl.errors import Finding, Refused
from stackctl.images.fills import data_volumes

if TYPE_CHECKING:
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.stack.model import Stack


def check_new_secrets(stack: Stack, env: EnvPlan, existing: Collection[str]) -> None:
    """Raise Refused where a secret would be generated whose service has a data volume among `existing` already."""
    findings = []
    for name, service in sorted(stack.services.items()):
        volumes = [volume for volume in data_volumes(stack, service) if volume in existing]
        secrets = [secret for secret in service.secrets if _file_name(stack, secret) in env.generated]
        if volumes and secrets:
            message = f"the secret {secrets[0]} is gone, and the volume {volumes[0]} of {name} was filled with it"
            path = f"{env.folder}/{secrets[0]}"
            hint = f"put the old value back as {path}, or start anew: stackctl down --volumes"
            findings.append(Finding("credentials-lost", "error", name, message, hint))
    if findings:
        first = findings[0]
        raise Refused(first.message, first.hint, code=first.code, findings=findings)


def _file_name(stack: Stack, secret: str) -> str:
    source = stack.secrets.get(secret)
    return source.file.name if source and source.file else ""
