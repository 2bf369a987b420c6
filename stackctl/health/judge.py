"""What a service's containers say about it: ready, done, waiting for what, or failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.stack.model import Job

State = Literal["ready", "done", "waiting", "failed"]

# Without a health check a process counts as ready when it has run this long without a restart: a crash at start shows
# within the first moments.
STABLE_SECONDS = 1.0
# A process that has crashed before is believed only when it has outlived its earlier lives; ten seconds are enough for
# Docker too (it forgets the back-off then).
STABLE_AGAIN_SECONDS = 3.0
MOST_STABLE_SECONDS = 10.0
RESTARTING_POLICIES = ("always", "unless-stopped", "on-failure")


@dataclass(frozen=True)
class Standing:
    """Where one service stands, and in words what is awaited or what went wrong.

    `given_up`: it failed by its author's values, while the engine still calls it starting.
    """

    service: str
    state: State
    text: str
    given_up: bool = False

    @property
    def settled(self) -> bool:
        """Say whether the answer is known."""
        return self.state != "waiting"


def judge(service: str, containers: Sequence[Container], job: Job, replicas: int, now: datetime) -> Standing:
    """Judge one service by its containers; the worst container speaks for all."""
    if replicas == 0:
        return Standing(service, "done", "scaled to 0")
    if not containers:
        return Standing(service, "waiting", "not created yet")
    standings = [_judge_one(service, container, job, now) for container in containers]
    for state in ("failed", "waiting"):
        for standing in standings:
            if standing.state == state:
                return standing
    return standings[0]


def _judge_one(service: str, container: Container, job: Job, now: datetime) -> Standing:
    if container.state == "created":
        if container.error:
            return Standing(service, "failed", container.error)
        return Standing(service, "waiting", "created, not started")
    if container.state in ("exited", "dead"):
        return _ended(service, container, job)
    if container.state == "restarting":
        return Standing(
            service, "waiting", f"restarting, exit code {container.exit_code}, {container.restarts} restarts"
        )
    if container.state == "removing":  # while it is stopped for that, the engine calls it unhealthy
        return Standing(service, "waiting", "being removed")
    if container.state == "paused":
        return Standing(service, "failed", "paused: it answers nobody until it is unpaused")
    return _running(service, container, job, now)


def _ended(service: str, container: Container, job: Job) -> Standing:
    if container.exit_code == 0:
        if job != "no":
            return Standing(service, "done", "done")
        if container.restart_policy in ("always", "unless-stopped"):
            return Standing(service, "waiting", "ended, about to restart")
        return Standing(service, "failed", "ended by itself with exit code 0")
    if container.restart_policy in RESTARTING_POLICIES and container.restarts < 3:
        return Standing(service, "waiting", f"exit code {container.exit_code}, about to restart")
    why = "killed, out of memory" if container.oom_killed else f"exit code {container.exit_code}"
    return Standing(service, "failed", f"{why}{': ' + container.error if container.error else ''}")


def _running(service: str, container: Container, job: Job, now: datetime) -> Standing:
    said = last_words(container)
    age = (now - container.started).total_seconds() if container.started else 0.0
    if container.restarts and age < _must_outlive(container) and container.health in ("", "healthy"):
        times = f"{container.restarts} restart{'' if container.restarts == 1 else 's'}"
        return Standing(service, "waiting", f"running after {times}, is it stable")
    if container.health == "healthy":
        return Standing(service, "ready", "healthy")
    if container.health == "unhealthy":
        return Standing(service, "failed", f"unhealthy{said}")
    if container.health:
        failed = sum(1 for probe in container.probes if probe.exit_code != 0)
        return Standing(service, "waiting", f"probe {failed} failed{said}" if failed else "first probe")
    if job == "yes":
        return Standing(service, "waiting", "running, to its end")
    if age < STABLE_SECONDS:
        return Standing(service, "waiting", "running, is it stable")
    return Standing(service, "ready", "running")


def last_words(container: Container) -> str:
    """Give what the last failed probe said, as the end of a sentence; empty where it said nothing or went well."""
    last = container.probes[-1] if container.probes else None
    return f": {_one_line(last.output)}" if last and last.exit_code != 0 and last.output else ""


def _must_outlive(container: Container) -> float:
    """Give the age at which a restarted process is believed: twice its mean life until now, back-off included."""
    if not container.created or not container.started:
        return STABLE_AGAIN_SECONDS
    mean = (container.started - container.created).total_seconds() / container.restarts
    return min(MOST_STABLE_SECONDS, max(STABLE_AGAIN_SECONDS, 2 * mean))


def _one_line(text: str) -> str:
    line = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return line if len(line) <= 160 else f"{line[:157]}…"
