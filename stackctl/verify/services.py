"""The first hops: what should run does, names resolve, services answer inside the network and from outside."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from stackctl.engine.speak import http_ready, read_answer, request_of
from stackctl.health.host_probe import ask, questions
from stackctl.services.known_ports import scheme_of
from stackctl.services.registry import driver_for
from stackctl.stack.labels import ONESHOT, SCHEME
from stackctl.verify.check import Found, failed, ok, skipped
from stackctl.verify.inside import NO_HELPER, Target, seen_from_inside
from stackctl.verify.logs import last_lines
from stackctl.verify.site import RESTART_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackctl.engine.speak import Reply
    from stackctl.engine.values import Container
    from stackctl.verify.inside import Look
    from stackctl.verify.site import Site


def running(site: Site) -> Found:
    """Every service of the model runs, is healthy, or has done its work."""
    problems = []
    names = {item.service for item in site.containers}
    cut = {service for service, _network in _missing(site)}  # why such a one is unhealthy the next hop says
    if site.stack:
        problems += [f"{name} has no container" for name, item in site.stack.services.items() if item.replicas]
        problems = [text for text in problems if text.partition(" ")[0] not in names]
    for item in site.containers:
        if item.state == "exited" and item.exit_code == 0 and _job(site, item):
            continue
        if item.state != "running":
            problems.append(f"{item.service} does not run: {item.state}{_last_words(site, item)}")
        elif item.health == "unhealthy" and item.service not in cut:
            last = item.probes[-1].output.splitlines()[:1] if item.probes else []
            problems.append(f"{item.service} is unhealthy{''.join(f': {line}' for line in last)}")
    if not site.containers:
        return failed("nothing runs here", "stackctl up")
    if problems:
        return failed([site.world.mask(text) for text in problems], "stackctl why")
    return ok(f"{len(site.running)} services run")


def names(site: Site) -> Found:
    """Every service is in the networks that its file names, and is found there by its name."""
    problems = [f"{service} is not in the network {network}" for service, network in _missing(site)]
    if problems:
        return failed(problems, "docker network connect, or: stackctl up --force-recreate")
    looks = _looks(site)
    if isinstance(looks, Found):
        return looks
    problems = [f"{one.service} is not found by its name in {one.network}" for one in looks if not one.resolved]
    if problems:
        return failed(problems, "docker network inspect, then: stackctl up --force-recreate")
    return ok(f"{len(looks)} names resolve inside") if looks else skipped("no service is in a network of its own")


def inside(site: Site) -> Found:
    """Every known service answers in its own protocol, asked by a container of its network."""
    looks = _looks(site)
    if isinstance(looks, Found):
        return looks
    asked = [(one, read_answer(one.kind, one.line)) for one in looks if one.kind]
    problems = [
        f"{one.service} does not answer inside {one.network}: {reply.text}"
        for one, reply in asked
        if reply.reach != "answers"
    ]
    if problems:
        return failed(problems, "stackctl why")
    return (
        ok(f"{len(asked)} services answer inside") if asked else skipped("no service here is one that stackctl knows")
    )


def outside(site: Site) -> Found:
    """Every known service, and every published HTTP port, answers this machine."""
    asked, problems = 0, []
    for item in site.running:
        said = _asked_from_here(site, item)
        if said is None:
            continue
        asked += 1
        if said:
            problems.append(f"{item.service} does not answer this machine: {said}")
    if problems:
        return failed(problems, "stackctl why")
    if not asked:
        return skipped("this machine reaches none of them: nothing is published, or the engine is elsewhere")
    return ok(f"{asked} services answer this machine")


def clock(site: Site) -> Found:
    """The containers' clock is this machine's: traces and graphs are drawn by it."""
    from email.utils import parsedate_to_datetime

    from stackctl.engine.net import HttpRequest

    seen: list[float] = []
    problems = []
    for item in site.running:
        driver = driver_for(item.image, item.labels)
        base = site.base(item, driver.endpoints[0].port) if driver.endpoints and driver.probe == "http" else ""
        if not base:
            continue
        try:
            date = site.ask(HttpRequest(base + driver.probe_path)).headers.get("date", "")
            seen.append((site.world.clock.now() - parsedate_to_datetime(date)).total_seconds())
        except (OSError, ValueError, TypeError):
            continue
        if abs(seen[-1]) > SKEW_SECONDS:
            way = "behind" if seen[-1] > 0 else "ahead of"
            problems.append(f"the clock of {item.service} is {abs(seen[-1]):.0f} s {way} this machine's")
    if problems:
        return failed(problems, "restart the engine's virtual machine, or set its time: hwclock -s")
    return ok("the clocks agree") if seen else skipped("no service tells the time")


_TELLING = (re.compile(r"(?i)no space left"), re.compile(r"(?i)\b(?:panic|fatal|permission denied|level=error|error:)"))
SKEW_SECONDS = 5.0  # the header counts whole seconds, and an answer may take a while


def _job(site: Site, item: Container) -> bool:
    if site.stack and item.service in site.stack.services:
        return site.stack.oneshot(item.service)
    return item.labels.get(ONESHOT, "").lower() in ("true", "1", "yes") or item.restart_policy in ("", "no")


def _last_words(site: Site, item: Container) -> str:
    """Give its exit code and the last line of its log; nothing for one that has not ended."""
    if item.state != "exited":
        return ""
    lines = [line.strip() for line in last_lines(site, item, 200) if line.strip()]
    # A program that ends in a panic says why first, and where it was then; a full disk is behind whatever else it says.
    told = next((found for one in _TELLING if (found := [line for line in lines if one.search(line)])), lines)
    return f" ({item.exit_code}){''.join(f': {line}' for line in told[-1:])}"


def _missing(site: Site) -> list[tuple[str, str]]:
    if site.stack is None:
        return []
    known = site.stack.raw.get("networks") or {}
    wanted = {
        item.service: [
            str((known.get(key) or {}).get("name") or key) for key in site.stack.services[item.service].networks
        ]
        for item in site.running
        if item.service in site.stack.services
    }
    return [
        (item.service, network)
        for item in site.running
        for network in wanted.get(item.service, ())
        if network not in item.networks
    ]


def _looks(site: Site) -> list[Look] | Found:
    """Give what helpers see in the networks, or why there are none. Raises EngineError."""
    looks = seen_from_inside(site, _targets(site))
    return skipped(NO_HELPER) if looks is None else looks


def _targets(site: Site) -> list[Target]:
    found = []
    for item in site.running:
        driver = driver_for(item.image, item.labels)
        kind = driver.probe if driver.endpoints and driver.probe != "tcp" else None
        port = driver.endpoints[0].port if driver.endpoints else 0
        request = request_of(kind, item.service, driver.probe_path) if kind else b""
        found += [Target(item.service, network, kind, port, request) for network, ip in item.networks.items() if ip]
    return found


def _asked_from_here(site: Site, item: Container) -> str | None:
    """Give None where nobody can ask, nothing where it answers, else what was wrong."""
    answered = False
    ways = [question for question in questions(item, site.doors.address) if not question.network]
    if ways:
        return _reached(site, partial(ask, ways[0]))
    if driver_for(item.image, item.labels).endpoints or not site.doors.address.local:
        return None
    for port in item.ports:
        scheme = item.labels.get(SCHEME) or scheme_of(port.container_port)
        base = site.base(item, port.container_port)
        if scheme == "http" and base:
            host, _colon, number = base.removeprefix("http://").rpartition(":")
            said = _reached(site, partial(http_ready, host, int(number), 2.0, "/"))
            if said:
                return said
            answered = True
    return "" if answered else None


def _reached(site: Site, ask_once: Callable[[], Reply]) -> str:
    """Give nothing once it answers, else what was wrong with the last try."""
    said = ""

    def answers() -> bool:
        nonlocal said
        reply = ask_once()
        said = "" if reply.reach == "answers" else reply.text
        return not said

    site.until(answers, RESTART_SECONDS)
    return said
