"""The plan of a start: what is made, fetched, built, created, recreated and waited for, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts
    from stackctl.errors import Finding
    from stackctl.images.plan import ImagePlan
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.lifecycle.facts import ServiceFacts
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.scene import Scene
    from stackctl.stack.overlay import Overlay
    from stackctl.stack.probe_overlay import FastCheck
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Step:
    """One thing that will be done, and why."""

    text: str
    why: str = ""

    def __str__(self) -> str:
        """Give the step as a line."""
        return f"{self.text}: {self.why}" if self.why else self.text


@dataclass(frozen=True)
class UpPlan:
    """Everything that a start will do. `unchanged`: nothing; what runs is what would be started.

    `asked` is the target as the command found it, without what stackctl generates. `builds`, `creates`, `recreates` and
    `starts` give the reason by service; `touched` are services that Compose would leave alone, but whose mounted files
    or secrets have changed. `rest` is the choice of images for the services that stay out of it: the overlay keeps
    them, or a later plain `docker compose up` would see other images. `probes` are health checks that ask faster while
    their service starts; like the overlay they are kept for the whole model. `facts` is None where nothing is to be
    done.
    """

    asked: Target
    request: UpRequest
    scene: Scene
    selected: tuple[str, ...]
    env: EnvPlan
    images: ImagePlan
    rest: ImagePlan | None
    overlay: Overlay
    moves: Mapping[str, int] = field(default_factory=dict)
    probes: Mapping[str, FastCheck] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    creates: Mapping[str, str] = field(default_factory=dict)
    recreates: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    touched: Mapping[str, str] = field(default_factory=dict)
    now: Mapping[str, ServiceFacts] = field(default_factory=dict, repr=False)
    stamps: Mapping[str, Any] | None = field(default=None, repr=False)
    facts: EngineFacts | None = None
    findings: Sequence[Finding] = ()
    unchanged: bool = False

    @property
    def title(self) -> str:
        """Give the environment that it is about."""
        return self.scene.target.title

    @property
    def changed(self) -> dict[str, str]:
        """Give the reason by service for everything that will not be left as it is."""
        return {**self.starts, **self.creates, **self.recreates, **self.builds, **self.touched}

    @property
    def left(self) -> tuple[str, ...]:
        """Give the services that stay as they are."""
        return tuple(name for name in self.selected if name not in self.changed)

    def steps(self) -> list[Step]:
        """Give the plan as numbered steps for people: that text is the dry run."""
        steps = [Step(text) for text in self.env.steps()]
        steps += [Step(f"fetch {image}", "it is not here") for image in self.images.pulls]
        steps += [Step(f"build the local image stackctl/{name}:local") for name in self.images.builds]
        steps += [Step(f"build {name}", why) for name, why in self.builds.items()]
        used = self.images.images.items()
        steps += [Step(f"use {image} for {name}") for name, image in used if name in self.changed]
        moved = ((key.split(":")[0], port) for key, port in self.moves.items())
        steps += [Step(f"publish {name} on port {port}") for name, port in moved if name in self.changed]
        for verb, group in (
            ("create", self.creates),
            ("recreate", {**self.recreates, **self.touched}),
            ("start", self.starts),
        ):
            steps += [Step(f"{verb} {name}", why) for name, why in group.items()]
        if self.request.restart:
            steps += [Step(f"restart {name}") for name in self.left]
        if steps:
            steps.append(Step("wait until every service is ready"))
        return steps
