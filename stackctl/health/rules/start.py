"""What the engine said when it refused to start a container: its own words, in the container's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.health.rules import engine_words, machine
from stackctl.health.rules.say import cut, edit, find, mount_of
from stackctl.health.trouble import worst
from stackctl.health.verdict import Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence

# The runtime has started, and the kernel refused the program: these words end up in the log.
_GONE = r"^exec /\S+: (?:no such file or directory|permission denied)$"
_EXEC_FORMAT = r"exec (?P<path>\S+): exec format error|(?P<other>\S+): (?:cannot execute binary file|Exec format error)"


def refused(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Read the error that the engine keeps of a start that it refused."""
    for container in service.containers:
        if container.state in ("created", "exited", "dead") and container.error:
            found = engine_words.read(container.error, evidence, service)
            if found:
                finding = machine.closer(evidence, service, found.code)
                if finding is not None:
                    return finding
                proof = Proof(f"state of {service.name}", cut(container.error), container.finished or container.created)
                return Verdict(found.code, service.name, found.cause, (proof,), found.fix, at=container.created)
    return None


def bad_format(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Tell a program of another architecture from a script without its first line; both are an exec format error."""
    container, trouble = worst(evidence, service)
    if container is None or not trouble:
        return None
    gone = find(_GONE, container.logs)
    if gone is not None and container.exit_code:
        words = engine_words.read(gone[1].text, evidence, service)
        if words is not None:
            proof = Proof(f"log of {service.name}", cut(gone[1].text), gone[1].at)
            return Verdict(words.code, service.name, words.cause, (proof,), words.fix, at=gone[1].at)
    hit = find(_EXEC_FORMAT, container.logs)
    if hit is None:
        return None
    match, line = hit
    path = match["path"] or match["other"]
    found = engine_words.exec_format(path, evidence, service)
    proof = Proof(f"log of {service.name}", cut(line.text), line.at)
    return Verdict(found.code, service.name, found.cause, (proof,), found.fix, at=line.at)


def shell_missing_command(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Read the shell's words: 127 is a command that is not there, 126 one that may not be run."""
    container, trouble = worst(evidence, service)
    if container is None or not trouble or container.exit_code not in (126, 127):
        return None
    if container.exit_code == 127:
        hit = find(
            r"(?:^|: )(?:line )?(?:\d+: )?[‘'\"]?(?P<name>[^\s:‘’'\"]+)[’'\"]?: (?:command )?not found"
            r"|exec:? (?:\d+: )?(?P<exec>[^\s:]+): (?:not found|no such file or directory)"
            r"|(?:^|: )[‘'\"]?(?P<path>/?[\w./-]+)[’'\"]?: No such file or directory",
            container.logs[::-1],
        )
        if hit is None:
            return None
        match, line = hit
        name = match["name"] or match["exec"] or match["path"]
        cause = f"{service.name} runs {name}, and its image has no such command"
        fix = edit(service, ("command", "entrypoint"), f"correct the command, or use an image that has {name}")
        code = "command-not-found"
    else:
        hit = find(r"(?P<name>[^\s:]+): (?:Permission denied|Is a directory|cannot execute)", container.logs[::-1])
        if hit is None:
            return None
        match, line = hit
        cause = f"{service.name} may not run {match['name']}: it is not executable"
        fix = edit(service, ("command", "entrypoint"), engine_words.chmod_text(match["name"], service))
        mount = mount_of(service, match["name"])
        if mount and mount.kind == "tmpfs":  # Docker mounts them so where nothing else is said
            cause = (
                f"{service.name} may not run {match['name']}: no program runs from the tmpfs {mount.target} (noexec)"
            )
            fix = edit(service, ("tmpfs", "volumes"), f"write it as {mount.target}:exec, or put the program elsewhere")
        code = "command-not-executable"
    return Verdict(code, service.name, cause, (Proof(f"log of {service.name}", cut(line.text), line.at),), fix)
