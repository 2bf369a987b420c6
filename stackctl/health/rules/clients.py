"""An app that cannot reach, find or log in to what it needs. Who must change is often not the one who complains."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.health.evidence import LogLine
from stackctl.health.rules.addresses import LOOPBACK, named
from stackctl.health.rules.complaints import Complaint, read, refused_address, target, unknown_name
from stackctl.health.rules.logins import refused_login
from stackctl.health.rules.say import last_words, state_proof
from stackctl.health.rules.unreached import refused, unknown_host
from stackctl.health.trouble import worst
from stackctl.services.apps import AUTH, EITHER, REFUSED, SILENT_TOOLS, UNKNOWN_HOST, Words

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ProbeRun, ServiceEvidence
    from stackctl.health.verdict import Verdict


def complaint(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give the verdict for the last thing that the log of a service in trouble says about another one."""
    container, trouble = worst(evidence, service)
    if container is None or trouble in ("", "not started"):
        return None
    if service.driver != "generic" and trouble in ("unhealthy", "starting"):
        return None  # a store's log tells of others who fail to log in
    lines = last_words(container.logs)
    said = read(lines, UNKNOWN_HOST)
    if said:
        return unknown_host(evidence, service, said)
    said = read(lines, AUTH)
    if said:
        return refused_login(evidence, service, said)
    said = read(lines, EITHER)
    if said:
        return _either(evidence, service, said)
    said = read(lines, REFUSED)
    if said:
        return refused(evidence, service, said)
    return _silent_tool(evidence, service, container)


def asked_another(evidence: Evidence, service: ServiceEvidence, run: ProbeRun, test: str) -> Verdict | None:
    """Give the verdict for a health check that asks another service of the stack, and gets no answer from that."""
    lines = [LogLine(line, run.at) for line in run.output.splitlines() if line.strip()]
    said, unknown = read(lines, UNKNOWN_HOST), True
    if said is None or not said.host:
        said, unknown = read(lines, REFUSED), False
    if (said is None or not said.host) and not lines:
        said, unknown = _quiet(test, LogLine(f"exit code {run.exit_code}, no output", run.at), run.exit_code), False
    if said is None or not said.host or LOOPBACK.match(said.host):
        return None
    other = named(evidence, said.host)
    if other is service or (other is None and not unknown):
        return None
    said = replace(said, source=f"health check of {service.name}")
    return unknown_host(evidence, service, said) if unknown else refused(evidence, service, said)


def _either(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    """Tell the two apart where the client does not: a name that nobody has, or somebody who does not answer."""
    if not said.host:
        said = refused_address(evidence, service, said)
        said = said if said.host else unknown_name(evidence, service, said)
    other = target(evidence, service, said)
    apart = other is not None and not set(other.networks) & set(service.networks)
    if not LOOPBACK.match(said.host) and said.host and (other is None or apart):
        return unknown_host(evidence, service, said)
    return refused(evidence, service, said)


def _silent_tool(evidence: Evidence, service: ServiceEvidence, container: ContainerFacts) -> Verdict | None:
    """Read the exit code of curl or wget that were told to be quiet; the address is a word of the command."""
    if any(line.text.strip() for line in container.logs):
        return None
    proof = state_proof(service, container)
    said = _quiet(" ".join(container.argv), LogLine(proof.text, proof.at), container.exit_code)
    if said is None:
        return None
    said = replace(said, source=proof.source)
    if said.words.meaning == "host":
        return unknown_host(evidence, service, said)
    return _either(evidence, service, said) if said.words.meaning == "either" else refused(evidence, service, said)


def _quiet(words: str, line: LogLine, exit_code: int) -> Complaint | None:
    tool = re.search(r"\b(curl|wget)\b", words)
    means = SILENT_TOOLS.get((tool[1] if tool else "", exit_code), "")
    where = re.search(r"\b(?:https?://)?(?:[^\s/@]*@)?(?P<host>[\w.-]+)(?::(?P<port>\d+))?(?:/|\s|$)", _address(words))
    if not means or where is None:
        return None
    return Complaint(where["host"], int(where["port"] or 80), line, Words("", means))


def _address(words: str) -> str:
    """Give the word that is an address: with a scheme, else `host:port`, as curl takes both."""
    found = re.search(r"\bhttps?://\S+", words) or re.search(r"(?<![\w./-])[\w.-]+:\d{2,5}\S*", words)
    return found[0] if found else ""
