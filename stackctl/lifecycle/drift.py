"""Compare an environment with what runs: template → file → what Compose would pass → what the container has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.env.ledger import Ledger, Part, Row, State
from stackctl.lifecycle.begin import digest_of, environment_of
from stackctl.lifecycle.compare import DEFINITION
from stackctl.lifecycle.drift_secrets import secret_rows
from stackctl.lifecycle.effective import Effective, effective_of
from stackctl.lifecycle.reasons import Comparison, compared, in_words
from stackctl.lifecycle.scene import Scene, compose_of, shadowed
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.lifecycle.state import load_applied
from stackctl.lifecycle.up_plan import remade
from stackctl.lifecycle.variable_facts import digest

if TYPE_CHECKING:
    from stackctl.env.effective import Variable
    from stackctl.errors import Finding
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Drift:
    """The ledger of a target, and what else should be known."""

    target: Target
    ledger: Ledger
    services: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def drift_of(world: World, target: Target) -> Drift:
    """Look at everything; nothing is changed.

    Raises ConfigError for files that Compose or we cannot read, EngineError where the engine is away.
    """
    learn_target(world, target)
    effective = effective_of(world, target)
    if effective.stack is None:
        assert effective.complaint is not None  # one of the two is there
        raise effective.complaint
    learn_stack(world, effective.stack)
    scene = Scene(
        effective.target, compose_of(world, effective.target), effective.stack, world.engine.containers(target.project)
    )
    ours = [item for item in scene.containers if item.service in effective.stack.services]
    scene = Scene(scene.target, scene.compose, scene.stack, ours)
    keyed = digest_of(world)
    comparison = compared(world, scene, load_applied(world, target.project), effective.variables, keyed)
    hashes = world.engine.hashes(scene.compose) if ours else {}
    rows = [
        *_Rows(effective, comparison, hashes, keyed).all(),
        *secret_rows(world, comparison, remade(scene.stack, environment_of(world, target)), keyed),
    ]
    recreate = _recreate(comparison, rows, hashes)
    names = [key for key, variable in effective.variables.items() if variable.shadowed]
    services = tuple(scene.stack.services)
    return Drift(target, Ledger(rows, recreate, bool(ours)), services, tuple(shadowed(world, effective.target, names)))


def _recreate(comparison: Comparison, rows: list[Row], hashes: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in comparison.scene.stack.services:
        containers = comparison.scene.of(name)
        if not containers:
            continue
        changes = comparison.of_service(name)
        reasons = [in_words({key: change}) for key, change in changes.items()]
        if not reasons and any(item.config_hash != hashes.get(name, item.config_hash) for item in containers):
            reasons = [DEFINITION]
        reasons += [
            f"secret {row.name} {part.state}" if part.state != "newer" else f"secret {row.name} is newer"
            for row in rows
            for part in row.parts
            if row.kind == "secret" and part.service == name and part.state in ("changed", "added", "removed", "newer")
        ]
        if reasons:
            found[name] = tuple(reasons)
    return found


class _Rows:
    """Makes the rows of the variables."""

    def __init__(self, effective: Effective, comparison: Comparison, hashes: Mapping[str, str], keyed: Digest) -> None:
        self._effective = effective
        self._comparison = comparison
        self._hashes = hashes
        self._keyed = keyed

    def all(self) -> list[Row]:
        """Give a row for each variable, then one for each that only a container knows and that differs."""
        rows = [self._row(variable) for variable in self._effective.variables.values() if self._shown(variable)]
        told = {(part.service, part.variable) for row in rows for part in row.parts}
        return rows + self._inside(told)

    def _shown(self, variable: Variable) -> bool:
        return variable.source.kind != "secret"

    def _row(self, variable: Variable) -> Row:
        item, files = variable.item, self._effective.values
        default = item.default if item else None
        value = variable.value
        # Without any env file there is nothing that could be out of date: the first start makes it.
        stale = (
            item is not None
            and bool(self._effective.files)
            and variable.entry is None
            and variable.source.kind != "shell"
            and not item.deprecated
            and not item.directives.secrets_dir
            and (item.required or bool(default))
        )
        written = files.get(variable.key) if variable.entry is not None and not variable.shadowed else None
        return Row(
            "variable",
            variable.key,
            self._digest(variable.key, default or None),
            self._digest(variable.key, written),
            self._digest(variable.key, value),
            str(variable.source),
            tuple(part for service in variable.services for part in self._parts(variable, service)),
            stale,
        )

    def _parts(self, variable: Variable, service: str) -> list[Part]:
        if service not in self._effective.passed:
            return []
        fed = [name for owner, name in variable.feeds if owner == service]
        elsewhere = any(use.service == service and not use.container for use in variable.uses)
        if not fed and not elsewhere:
            fed = [variable.key]  # a whole env file is handed over
        parts = [self._part(variable.key, service, name) for name in fed]
        return [*parts, self._recorded(variable, service)] if elsewhere else parts

    def _part(self, key: str, service: str, name: str) -> Part:
        """Compare a variable of the container itself; all digests of a row go by its `key`, so that they compare."""
        containers = self._comparison.scene.of(service)
        value = self._effective.passed[service].get(name)
        passed = self._digest(key, value)
        if not containers:
            return Part(service, name, passed, "", "not running")
        changes = [self._comparison.of_container(item).get(name) for item in containers]
        state: State = next((change for change in changes if change), "same")
        odd = next((item for item, change in zip(containers, changes, strict=True) if change), containers[0])
        return Part(service, name, passed, self._digest(key, odd.environment.get(name)), state)

    def _recorded(self, variable: Variable, service: str) -> Part:
        """Compare a variable that feeds a port, an argument or an image: with what the last start wrote down."""
        containers = self._comparison.scene.of(service)
        passed = self._digest(variable.key, variable.value)
        if not containers:
            return Part(service, "", passed, "", "not running")
        before = self._comparison.applied.started_with(service, [item.id for item in containers])
        if before and before.variables:
            running = before.variables.get(variable.key, "")[:SHOWN]
            return Part(service, "", passed, running, "same" if running == passed else "changed")
        same = all(item.config_hash == self._hashes.get(service, item.config_hash) for item in containers)
        return Part(service, "", passed, passed if same else "", "same" if same else "unknown")

    def _inside(self, told: set[tuple[str, str]]) -> list[Row]:
        found: dict[str, list[Part]] = {}
        for item in self._comparison.scene.containers:
            for name in self._comparison.of_container(item):
                if (item.service, name) not in told:
                    told.add((item.service, name))
                    found.setdefault(name, []).append(self._part(name, item.service, name))
        return [
            Row("container", name, "", "", "", "Compose files", tuple(parts)) for name, parts in sorted(found.items())
        ]

    def _digest(self, name: str, value: str | None) -> str:
        return "" if value is None else digest(self._keyed, name, value)[:SHOWN]


SHOWN = 12  # of a keyed digest: enough to tell values apart, and nothing can be computed back from it
