"""Never a new secret for old data: a volume that was initialised with another password would lock everybody out."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from stackctl.errors import Finding, Refused
from stackctl.lifecycle.credential_choices import Choice, change_commands, fresh_volume, target_words
from stackctl.lifecycle.initial_values import initial_values
from stackctl.services.base import GENERIC
from stackctl.services.registry import driver_for, initial_for

if TYPE_CHECKING:
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.lifecycle.scene import Scene
    from stackctl.stack.model import Service, Stack


def check_new_secrets(scene: Scene, env: EnvPlan, existing: Collection[str]) -> None:
    """Raise Refused where a secret would be generated whose service has a data volume already.

    `existing` are the project's volumes as the engine lists them; external ones are not among those and count.
    """
    findings: list[Finding] = []
    rows = []
    for name, service in sorted(scene.stack.services.items()):
        volumes = [volume for volume in kept_volumes(scene.stack, service) if _is_there(scene.stack, volume, existing)]
        secrets = [secret for secret in service.secrets if _file_name(scene.stack, secret) in env.generated]
        if volumes and secrets:
            choices = _choices(scene, env, service, secrets[0], volumes[0])
            message = f"the secret {secrets[0]} is gone, and the volume {volumes[0]} of {name} was filled with it"
            findings.append(Finding("credentials-lost", "error", name, message))
            findings += [choice.finding(name, number) for number, choice in enumerate(choices, 1)]
            rows.append(
                {
                    "service": name,
                    "volume": volumes[0],
                    "secret": secrets[0],
                    "choices": [choice.as_dict() for choice in choices],
                }
            )
    if findings:
        hint = "no new one was made: choose one of the three"
        error = Refused(findings[0].message, hint, code="credentials-lost", findings=findings)
        error.data = {"credentials": rows}
        raise error


def kept_volumes(stack: Stack, service: Service) -> tuple[str, ...]:
    """Give the engine's names of the volumes that may know a service's password: where nobody knows it, all of them."""
    driver, known = driver_for(service.image, service.labels), initial_for(service.image, service.labels)
    paths = known.data if known else driver.data
    return tuple(
        stack.volumes[mount.source].name
        for mount in service.mounts
        if mount.kind == "volume" and mount.source in stack.volumes and not mount.read_only
        if mount.target.rstrip("/") in paths or (driver.name == GENERIC.name and known is None)
    )


def _choices(scene: Scene, env: EnvPlan, service: Service, secret: str, volume: str) -> tuple[Choice, ...]:
    line, now = target_words(scene.target), initial_values(scene.stack, service)
    name = _file_name(scene.stack, secret)
    new, again = f"stackctl secrets generate {name}{line.flags}", f"stackctl up{line.words}"
    if driver_for(service.image, service.labels).name != GENERIC.name and now is None:
        second = Choice(f"make a new one: {service.name} keeps none in its data", (new, again))
    else:
        text = f"make a new one and change it inside {service.name}"
        second = Choice(text, (f"{new} --yes", *(change_commands(scene, env.folder, now) if now else ()), again))
    return (
        Choice("put the old value back", (f"stackctl secrets set {name}{line.flags}", again)),
        second,
        fresh_volume(scene, service.name, volume),
    )


def _is_there(stack: Stack, volume: str, existing: Collection[str]) -> bool:
    return volume in existing or any(item.external and item.name == volume for item in stack.volumes.values())


def _file_name(stack: Stack, secret: str) -> str:
    source = stack.secrets.get(secret)
    return source.file.name if source and source.file else ""
