"""What can be done where a data volume knows another password: three ways, each as the commands to paste."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackctl.lifecycle.credentials import Clash
    from stackctl.lifecycle.initial_values import InitialValues, Value
    from stackctl.lifecycle.scene import Scene
    from stackctl.workspace.target import Target

ACCEPT = "--accept-credentials"


@dataclass(frozen=True)
class Choice:
    """One way out: what it means, and the commands."""

    text: str
    commands: tuple[str, ...]

    def finding(self, service: str, number: int) -> Finding:
        """Give it as a line below the error."""
        return Finding("choice", "info", service, f"{number}. {self.text}", " && ".join(self.commands))

    def as_dict(self) -> dict[str, object]:
        """Give it for scripts."""
        return {"text": self.text, "commands": list(self.commands)}


def refused(scene: Scene, store: Path, found: Sequence[Clash]) -> Refused:
    """Give the refusal of a start that would meet these volumes, with all the choices; `store` keeps our secrets."""
    findings: list[Finding] = []
    rows = []
    for clash in found:
        choices = choices_for(scene, store, clash)
        names = ", ".join(_named(store, name, clash.now.values[name]) for name in clash.variables)
        message = f"{clash.now.service}: the volume {clash.volume} was made with another {names} than is given now"
        findings.append(Finding("credentials-changed", "error", clash.now.service, message))
        findings += [choice.finding(clash.now.service, number) for number, choice in enumerate(choices, 1)]
        rows.append(
            {
                "service": clash.now.service,
                "volume": clash.volume,
                "variables": list(clash.variables),
                "choices": [choice.as_dict() for choice in choices],
            }
        )
    error = Refused(findings[0].message, "nothing was started: choose one of the three", code="credentials-changed")
    error.findings = tuple(findings)
    error.data = {"credentials": rows}
    return error


def choices_for(scene: Scene, store: Path, clash: Clash) -> tuple[Choice, ...]:
    """Give the three ways, in the order of what they cost."""
    name, line = clash.now.service, target_words(scene.target)
    return (
        _old_value(store, clash, line),
        Choice(
            f"change it inside {name}, or have done so, then say that the new value is right",
            (*change_commands(scene, store, clash.now), f"stackctl up{line.words} {ACCEPT}"),
        ),
        fresh_volume(scene, name, clash.volume),
    )


@dataclass(frozen=True)
class Line:
    """The words that lead a command to a target: `words` for `up dev`, `flags` for `secrets … -e dev`."""

    words: str
    flags: str


def target_words(target: Target) -> Line:
    """Give how a target is named on the command line, nothing where it is the usual one."""
    instance = f" --instance {shlex.quote(target.instance)}" if target.instance else ""
    env = shlex.quote(target.env.value) if target.env.value else ""
    return Line(f" {env}{instance}" if env else instance, f" -e {env}{instance}" if env else instance)


def change_commands(scene: Scene, store: Path, now: InitialValues) -> tuple[str, ...]:
    """Give the commands that change the password inside the service, nothing where nobody knows them."""
    if not now.known.change:
        return ()
    own = scene.of(now.service)
    container = own[0].name if own else f"{scene.target.project}-{now.service}-1"
    line = target_words(scene.target)
    start = () if own and own[0].running else (f"stackctl compose{line.words} -- up -d --no-deps {now.service}",)
    user = now.values.get(now.known.user)
    words = now.known.change.replace("{user}", user.text if user else "")
    if not now.known.piped:
        return (*start, f"docker exec -it {container} {words}")
    given = _password(store, now, line)
    return (
        *start,
        f"{given} | docker exec -i {container} {words}" if given else f"docker exec -it {container} {words}",
    )


def fresh_volume(scene: Scene, service: str, volume: str) -> Choice:
    """Give the last way: a new volume."""
    words = target_words(scene.target).words
    return Choice(
        f"start {service} with a new volume (the data in {volume} is lost)",
        (
            f"stackctl compose{words} -- rm --stop --force {service}",
            f"docker volume rm {volume}",
            f"stackctl up{words}",
        ),
    )


def _named(store: Path, name: str, value: Value) -> str:
    if value.file is None:
        return name
    return f"{name} (the secret {value.file.name})" if value.file.parent == store else f"{name} ({value.file})"


def _old_value(store: Path, clash: Clash, line: Line) -> Choice:
    values = {name: clash.now.values[name] for name in clash.variables}
    files = {name: value.file for name, value in values.items()}
    stored = dict.fromkeys(file.name for file in files.values() if file and file.parent == store)
    elsewhere = [str(file or name) for name, file in files.items() if file is None or file.parent != store]
    text = f"give {clash.now.service} the old value again" + (f" in {', '.join(elsewhere)}" if elsewhere else "")
    return Choice(text, (*(f"stackctl secrets set {name}{line.flags}" for name in stored), f"stackctl up{line.words}"))


def _password(store: Path, now: InitialValues, line: Line) -> str:
    file = next((value.file for value in now.values.values() if value.file), None)
    if file is None:
        return ""
    return f"stackctl secrets show {file.name}{line.flags}" if file.parent == store else f"cat {shlex.quote(str(file))}"
