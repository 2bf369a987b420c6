"""How containers end: out of memory, an exit code, again and again. The last rules: those that say why come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.health.rules import reasons
from stackctl.health.rules.reasons import reason, remedy, sentence
from stackctl.health.rules.say import cut, edit, find, last_exit, last_lines, log_proof, state_proof
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ServiceEvidence

_HEAP = (
    r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|^MemoryError|\bCannot allocate memory\b"
    r"|fatal error: runtime: out of memory|std::bad_alloc|memory allocation of \d+ bytes failed"
    r"|Killed process \d+|OOM command not allowed"
)


def out_of_memory(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The kernel killed it, or it says so itself."""
    container, trouble = worst(evidence, service)
    if container is None or not trouble or trouble == "not started":
        return None
    limit = f"its limit of {container.memory_limit // 1_048_576} MiB" if container.memory_limit else "what there is"
    fix = edit(service, ("mem_limit", "deploy"), "give it more memory, or make it use less")
    if container.oom_killed:
        cause = f"{service.name} was killed: it wanted more memory than {limit}"
        return Verdict(
            "out-of-memory", service.name, cause, (state_proof(service, container),), fix, at=container.finished
        )
    if last_exit(container) == 137 and container.memory_limit:
        cause = f"{service.name} was killed, most likely because it wanted more memory than {limit}"
        proof = state_proof(service, container)
        return Verdict("out-of-memory", service.name, cause, (proof,), fix, confidence="medium", at=container.finished)
    hit = find(_HEAP, container.logs)
    if hit is None or last_exit(container) == 0:
        return None
    cause = f"{service.name} ran out of memory: it wanted more than {limit}"
    return Verdict("out-of-memory", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def ended(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """It ended, and nobody knows better why than its exit code and its last lines."""
    container, trouble = worst(evidence, service)
    if container is None or trouble not in ("ended", "looping", "clean end"):
        return None
    why = reason(container) if last_exit(container) else None
    said = last_lines(service, container)
    if why and log_proof(service, why) not in said:
        said = (log_proof(service, why), *said[-2:])
    proofs = (*said, state_proof(service, container))
    code, cause = _named(service, container, trouble)
    cause = f"{cause}: {sentence(why)}" if why else cause
    fix = remedy(service, why) or _fix(evidence, service, container)
    return Verdict(code, service.name, cause, proofs, fix, at=container.finished)


def line_ends(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """A script was written on Windows: a shell reads the end of each line as a part of its last word."""
    container, trouble = worst(evidence, service)
    found = reasons.line_ends(service, container) if container and trouble in ("ended", "looping") else None
    if container is None or found is None or not last_exit(container):
        return None
    line, cause, fix = found
    code = "command-not-found" if last_exit(container) == 127 else _named(service, container, trouble)[0]
    proofs = (log_proof(service, line), state_proof(service, container))
    return Verdict(code, service.name, cause, proofs, fix, at=line.at)


def _named(service: ServiceEvidence, container: ContainerFacts, trouble: str) -> tuple[str, str]:
    code = last_exit(container)
    if service.job == "yes" and code:
        return "one-shot-failed", f"the job {service.name} failed with exit code {code}"
    if container.state == "running":  # between two ends: its exit code is not the last one's
        how = f", exit code {code}" if container.exits else ""
        return "crash-loop", f"{service.name} ends again and again: {container.restarts} restarts{how}"
    if not code:
        return "exited-early", f"{service.name} ended by itself with exit code 0, though it should go on running"
    if trouble == "looping" or container.restarts > 1:
        return (
            "crash-loop",
            f"{service.name} crashes again and again: {container.restarts} restarts, exit code {code}",
        )
    return "crashed", f"{service.name} crashed with exit code {code}{_signal(code)}"


def _signal(code: int) -> str:
    names = {
        132: "illegal instruction",
        134: "abort",
        136: "arithmetic error",
        137: "killed",
        139: "segmentation fault",
    }
    return f" ({names[code]})" if code in names else ""


def _fix(evidence: Evidence, service: ServiceEvidence, container: ContainerFacts) -> Fix:
    if container.exit_code == 0 and container.state != "running":
        return edit(
            service,
            ("command", "entrypoint", "restart"),
            'run it in the foreground; a job says so with restart: "no"',
        )
    return Fix("read its last lines", command=f"{evidence.command} logs --tail 50 {service.name}")


def stuck(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Something is wrong and no rule knows what: said as it is, with the best evidence."""
    container, trouble = worst(evidence, service)
    if container is None or trouble not in ("stuck", "not started", "starting"):
        return None
    if trouble == "not started" and not container.error and not service.depends_on:
        return None
    waits = ", ".join(service.depends_on)
    if trouble == "not started" and not container.error:
        cause = f"{service.name} was created and never started: Compose gave up waiting for {waits}"
        fix = Fix("start the rest again", command=f"{evidence.command} up -d {service.name}")
        proof = Proof(f"state of {service.name}", f"{container.name} created, not started", container.created)
        return Verdict("dependency-failed", service.name, cause, (proof,), fix, confidence="medium")
    cause = f"{service.name} is not ready ({container.state}), and nothing here says why"
    if container.error:
        cause = f"Docker could not start {service.name}: {cut(container.error.rpartition('container process: ')[2])}"
    text = container.error or f"{container.name} is {container.state}"
    proofs = (Proof(f"state of {service.name}", text, container.started), *last_lines(service, container))
    fix = Fix("read its last lines", command=f"{evidence.command} logs --tail 50 {service.name}")
    return Verdict("unknown", service.name, cause, proofs, fix, confidence="low", at=container.started)
