"""Health checks that fail: the tool is missing, the port is another one, nobody listens, it takes too long."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.health.rules.clients import asked_another
from stackctl.health.rules.probe_tools import missing_tool, no_password
from stackctl.health.rules.say import CHANGED_FIX, cut, edit, last_lines, older_volume
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof, Verdict
from stackctl.services.apps import AUTH

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ProbeRun, ServiceEvidence

_REFUSED = re.compile(
    r"[Cc]onnection refused|[Cc]ould ?n[o']t connect|[Ff]ailed to connect|can't connect|ECONNREFUSED|Errno 111"
)
_TIMEOUT = re.compile(r"Health check exceeded timeout|exceeded timeout \(")
# Where a probe looks: an address with a port, redis-cli's and mongosh's `-p`/`--port`, bash's /dev/tcp, nc's two words.
_WHERE = (
    re.compile(
        r"(?P<host>localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\$\{?HOSTNAME\}?|[a-z][\w.-]*):(?P<port>\d{2,5})\b"
    ),
    re.compile(r"/dev/tcp/(?P<host>[^/]+)/(?P<port>\d+)"),
    re.compile(r"\bnc\b.*?(?P<host>localhost|127\.0\.0\.1|[a-z][\w.-]*) (?P<port>\d{2,5})\b"),
    re.compile(r"(?:--port[= ]|-p )(?P<port>\d{2,5})\b"),
    re.compile(r"\(?['\"](?P<host>localhost|127\.0\.0\.1)['\"], ?(?P<port>\d{2,5})\b"),
    re.compile(r"(?P<scheme>https?)://(?P<host>localhost|127\.0\.0\.1)(?![:\w])"),
)
_CLIENT_PORTS = {"redis-cli": 6379, "mongosh": 27017, "pg_isready": 5432}
_CURL_REFUSED = 7


def failing(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Explain an unhealthy service by what its probes said, and by what listens in its container."""
    container, trouble = worst(evidence, service)
    if container is None or trouble not in ("unhealthy", "starting"):
        return None
    bad = [run for run in container.probes if run.exit_code != 0]
    test = " ".join(service.healthcheck)
    if not bad:
        return _no_answer_yet(evidence, service, container, test)
    last = bad[-1]
    proofs = (_probe_proof(service, last), Proof(f"definition of {service.name}", f"healthcheck: {cut(test)}"))
    found = missing_tool(service, last, test, proofs)
    if found is not None:
        return replace(found, at=bad[0].at)
    if all(_TIMEOUT.search(run.output) for run in bad[-2:]):
        cause = f"the health check of {service.name} does not end within its timeout"
        fix = edit(service, ("healthcheck",), "give it a longer timeout, or a cheaper test")
        return Verdict("probe-timeout", service.name, cause, proofs, fix, at=bad[0].at)
    refused = bool(_REFUSED.search(last.output)) or (last.exit_code == _CURL_REFUSED and "curl" in test)
    found = _ports(service, container, test, proofs, refused) or asked_another(evidence, service, last, test)
    if found is None and not last.output.strip():
        found = no_password(service, container, test, proofs)
    if found is not None:
        return found
    said = next((line.strip() for line in reversed(last.output.splitlines()) if line.strip()), "")
    cause = f"the health check of {service.name} fails: {cut(said)[:160] or f'exit code {last.exit_code}'}"
    fix = edit(service, ("healthcheck",), "correct the service, or what its health check asks for")
    return Verdict(
        "probe-failing", service.name, cause, (*proofs, *last_lines(service, container, 2)), fix, at=bad[0].at
    )


def old_password(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The store refuses the password of its own health check, and its volume is older than its container."""
    container, trouble = worst(evidence, service)
    if container is None or trouble not in ("unhealthy", "starting") or service.driver == "redis":
        return None  # Redis keeps no password in its data
    refused = [run for run in container.probes if run.exit_code and any(re.search(w.pattern, run.output) for w in AUTH)]
    volume = older_volume(evidence, service)
    if not refused or not volume:
        return None
    cause = f"{service.name} refuses the password that it is given: its volume {volume} was made with an older one"
    proofs = (_probe_proof(service, refused[-1]), Proof("volume", f"{volume} is older than the container"))
    return Verdict(
        "credentials-changed", service.name, cause, proofs, Fix(CHANGED_FIX), confidence="medium", at=refused[0].at
    )


def port_of(test: str) -> tuple[str, int] | None:
    """Give host and port that a probe's command looks at, None where it cannot be read."""
    for pattern in _WHERE:
        match = pattern.search(test)
        if match:
            groups = match.groupdict()
            if groups.get("scheme"):
                return "localhost", 443 if groups["scheme"] == "https" else 80
            return groups.get("host") or "localhost", int(groups["port"])
    return next((("localhost", port) for name, port in _CLIENT_PORTS.items() if name in test), None)


def _ports(
    service: ServiceEvidence, container: ContainerFacts, test: str, proofs: tuple[Proof, ...], refused: bool
) -> Verdict | None:
    where = port_of(test)
    listeners = container.listeners
    if listeners is None or (where is None and not refused):
        return None
    open_ports = sorted({item.port for item in listeners})
    seen = Proof(f"container of {service.name}", f"listens on {', '.join(map(str, open_ports)) or 'no port'}")
    proofs = (*proofs, seen)
    at = next((run.at for run in container.probes if run.exit_code), None)
    if where is None:
        if open_ports:
            return None
        return _silent(service, container, proofs, "a port")
    host, port = where
    local = host in ("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]") or "HOSTNAME" in host or host == service.name  # noqa: S104 - read, not bound
    if not local:
        return None
    mine = [item for item in listeners if item.port == port]
    if not open_ports:
        return _silent(service, container, proofs, str(port))
    if not mine:
        listed = " and ".join(map(str, open_ports))
        cause = f"the health check of {service.name} asks port {port}, and it listens on {listed}"
        fix = edit(service, ("healthcheck",), f"ask port {open_ports[0]}")
        return Verdict("probe-wrong-port", service.name, cause, proofs, fix, at=at)
    outside = "HOSTNAME" in host or host == service.name
    if refused and outside and all(item.loopback for item in mine):
        cause = f"{service.name} listens on its own loopback only (127.0.0.1:{port}); nobody else reaches it"
        fix = edit(service, ("command", "environment"), "let it listen on 0.0.0.0")
        return Verdict("listens-on-loopback", service.name, cause, proofs, fix, at=at)
    return None


def _silent(service: ServiceEvidence, container: ContainerFacts, proofs: tuple[Proof, ...], port: str) -> Verdict:
    cause = f"{service.name} runs and listens on no port; its health check asks port {port}"
    if port == "a port":
        cause = f"{service.name} runs and listens on no port"
    fix = edit(service, ("command", "entrypoint"), "see why it does not serve: its last lines, its command")
    return Verdict(
        "never-listening", service.name, cause, (*proofs, *last_lines(service, container, 2)), fix, at=container.started
    )


def _no_answer_yet(
    evidence: Evidence, service: ServiceEvidence, container: ContainerFacts, test: str
) -> Verdict | None:
    """Time ran out before the first probe came to anything."""
    if container.probes or service.name not in evidence.timed_out:
        return None
    proof = Proof(f"definition of {service.name}", f"healthcheck: {cut(test)}")
    cause = f"the health check of {service.name} has not answered yet"
    fix = Fix("give more time, or a shorter interval", command=f"{evidence.command} ps {service.name}")
    return Verdict("unknown", service.name, cause, (proof,), fix, confidence="low", at=container.started)


def _probe_proof(service: ServiceEvidence, run: ProbeRun) -> Proof:
    said = cut(run.output) or "no output"
    return Proof(f"health check of {service.name}", f"exit code {run.exit_code}: {said}", run.at)
