"""What the machine's own checks say about a service that has not started: ports, files, networks, names, disk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.health.rules import engine_words
from stackctl.health.rules.say import cut, edit
from stackctl.health.trouble import left_out, worst
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, FindingFacts, ServiceEvidence

_KEYS = {
    "port-in-use": "ports",
    "port-duplicate": "ports",
    "bind-source-missing": "volumes",
    "mount-type-mismatch": "volumes",
    "name-in-use": "container_name",
    "network-missing": "networks",
    "volume-missing": "volumes",
    "secret-unreadable": "secrets",
}


def found(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Take what was found about this service; only where it has not started."""
    _container, trouble = worst(evidence, service)
    if (trouble not in ("absent", "not started") and service.containers) or left_out(evidence, service):
        return None
    for item in evidence.findings:
        if item.subject == service.name or (item.code == "subnet-overlap" and item.subject in service.networks):
            return _verdict(evidence, service, item)
    return None


def closer(evidence: Evidence, service: ServiceEvidence, code: str) -> Verdict | None:
    """Give the check's finding where it says the same as the engine's error, with more: who has the port."""
    for item in evidence.findings:
        if code == "port-in-use" and item.code == "port-duplicate" and service.name in item.message.split():
            return _verdict(evidence, service, item)
    for item in evidence.findings:
        if item.subject == service.name and item.code == code:
            return _verdict(evidence, service, item)
    return None


def _verdict(evidence: Evidence, service: ServiceEvidence, item: FindingFacts) -> Verdict:
    command = item.hint.partition(": ")[2].partition(";")[0]
    known = command.startswith(("docker ", "mkdir ", "rmdir ", "kill ", "chmod "))
    place = service.places.get(_KEYS.get(item.code, "")) or service.places.get("")
    fix = Fix(item.hint, command if known else None, place.file if place else None, place.line if place else None)
    proof = Proof("this machine", item.message, evidence.taken)
    return Verdict(item.code, service.name, item.message, (proof,), fix)


def image(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The image is not here, and the registry said no."""
    if service.containers or service.image_facts is not None or not service.replicas or left_out(evidence, service):
        return None
    said = evidence.registry.get(service.image, "")
    if service.built or not said:
        return None
    reading = engine_words.read(said, evidence, service)
    code = "image-platform" if reading and reading.code == "image-platform" else "image-not-found"
    cause = f"the image {service.image} of {service.name} is not on this machine, and the registry does not give it"
    fix = edit(service, ("image",), "correct the name or the tag, log in (docker login), or build it")
    return Verdict(code, service.name, cause, (Proof("registry", cut(said), evidence.taken),), fix)


def failed_build(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The image is not here, and the kept log of its last build says that it failed, and where."""
    text = evidence.builds.get(service.name, "")
    if not text or service.image_facts is not None or service.containers:
        return None
    said = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in said if re.search(r"\bERROR\b|^error:|failed to solve", line, re.IGNORECASE)]
    cause = f"the image of {service.name} could not be built: {cut((reasons or said)[-1])}"
    proofs = tuple(Proof(f"build of {service.name}", cut(line)) for line in said[-3:])
    fix = edit(service, ("build",), "correct the build; its last lines say where")
    fix = replace(fix, command=f"{evidence.command} build {service.name}")
    return Verdict("build-failed", service.name, cause, proofs, fix)


def platform(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The file asks for another platform than the image on the engine has."""
    facts = service.image_facts
    wanted = service.platform.split("/")
    if service.containers or facts is None or len(wanted) < 2 or not facts.architecture:
        return None
    if left_out(evidence, service):
        return None
    if wanted[1] == facts.architecture:
        return None
    cause = f"{service.name} asks for {service.platform}, and {service.image} is here for {facts.architecture} only"
    fix = edit(service, ("platform",), f"take platform out, or use an image for {service.platform}")
    proof = Proof("image", f"{service.image}: {facts.architecture}", evidence.taken)
    return Verdict("image-platform", service.name, cause, (proof,), fix)


def same_name(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Two services of the file ask for one container name, and the other was first."""
    if service.containers or not service.container_name or left_out(evidence, service):
        return None
    for other in evidence.services.values():
        if other is not service and other.containers and other.container_name == service.container_name:
            cause = f"{other.name} and {service.name} both ask for the container name {service.container_name}"
            fix = edit(service, ("container_name",), "leave container_name out, or write another")
            proof = Proof("container", f"{service.container_name} is a container of {other.name}", evidence.taken)
            return Verdict("name-in-use", service.name, cause, (proof,), fix)
    return None
