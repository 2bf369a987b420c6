"""The network as containers see it, and the registry as this machine sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.doctor.check import Scene, Seen
from stackctl.engine.helper import IMAGE, run_words
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts

REGISTRY_SECONDS = 3.0
NAME_SECONDS = 3.0
HELPER_SECONDS = 20.0

_PROXY_NAMES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def dns(scene: Scene, _facts: EngineFacts) -> Seen:
    """Ask for a public name inside a container, where this machine itself finds it."""
    if IMAGE not in scene.engine.images([IMAGE]):
        return Seen("skipped", f"there is no image {IMAGE} to look from", "make images")
    name = scene.registries[0].partition(":")[0]
    if not scene.host.resolves(name, NAME_SECONDS):
        return Seen("skipped", f"this machine itself finds no address for {name}")
    # `timeout` inside: a docker client that is ended leaves its container running.
    words = run_words("dns", ("5", "getent", "hosts", name), "timeout")
    try:
        outcome = scene.engine.run(words, timeout=HELPER_SECONDS)
    except EngineError as error:
        return Seen("warning", error.message, error.hint)
    if outcome.code == 0:
        return Seen("ok", f"{name} is found inside a container")
    if outcome.code == 125:  # docker's own: the container did not start
        reason = (outcome.err.strip().splitlines() or [""])[0]
        return Seen("error", f"the helper container did not start: {reason}", "docker run --rm hello-world")
    hint = 'give the engine a resolver: {"dns": ["…"]} in /etc/docker/daemon.json, or look at VPN and firewall'
    return Seen("error", f"{name} is found on this machine, but not inside a container", hint)


def registry(scene: Scene, facts: EngineFacts) -> Seen:
    """See whether the registries accept a connection. With a proxy or a mirror the engine goes another way: unknown."""
    names = ", ".join(scene.registries)
    if facts.proxies or any(scene.shell.get(name) for name in _PROXY_NAMES):
        return Seen("skipped", f"unknown: a proxy stands before {names}; try: docker pull hello-world")
    if facts.mirrors:
        return Seen("skipped", f"unknown: the engine asks {facts.mirrors[0]} first; try: docker pull hello-world")
    silent = []
    for address in scene.registries:
        name, _colon, port = address.partition(":")
        state = scene.host.tcp_answers(name, int(port) if port.isdigit() else 443, REGISTRY_SECONDS)
        if state != "answers":
            silent.append(f"{address} ({'unknown name' if state == 'no-name' else 'no answer'})")
    here = "" if facts.local else ", seen from this machine"
    if silent:
        hint = "nothing to do where images are built here (--images local); else look at network, DNS and proxy"
        return Seen("warning", f"not reachable{here}: {', '.join(silent)}", hint)
    return Seen("ok", f"{names} answers{here}")
