"""Docker and Compose by what they can do: Debian's Compose "2.26.1" holds a newer library than upstream's 2.26.1.

One `docker compose config` of a small model asks for all of it at once (70 ms); only where that fails the parts are
asked for one by one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.engine.complaints import engine_error
from stackctl.errors import EngineError, Finding

if TYPE_CHECKING:
    from stackctl.engine.door import Engine
    from stackctl.engine.run import Outcome
    from stackctl.engine.values import EngineFacts
    from stackctl.stack.model import Stack

PROBE_SECONDS = 20.0
INSTALL_COMPOSE = "install docker-compose-plugin (docs.docker.com/compose/install), or: make engine"
INSTALL_BUILDX = "install docker-buildx-plugin (docs.docker.com/go/buildx), or: make engine"
UPDATE_ENGINE = "update Docker (docs.docker.com/engine/install), or: make engine"

# Engine 25. The interface's own number is the feature here: the engine refuses the key below it.
_START_INTERVAL_API = (1, 44)

_PLAIN = """
name: probe
services:
  a: {image: x, ports: ["1:1"]}
"""
_CHECKED = """
name: probe
services:
  a:
    image: x
    ports: ["1:1"]
    healthcheck: {test: ["CMD", "x"], start_period: 1s, start_interval: 1s}
"""
# Two documents in one stream are merged like two files; a Compose that lacks either leaves port 1 published.
_OVERRIDDEN = '---\nservices:\n  a: {ports: !override ["2:2"]}\n'


@dataclass(frozen=True)
class Features:
    """What the Compose plugin can do. `problem` is its own word where it cannot even print a model."""

    compose: bool
    config_json: bool = False
    override: bool = False
    start_interval: bool = False
    problem: str = ""


def probe_features(engine: Engine) -> Features:
    """Ask Compose. It needs no running engine.

    Raises EngineError where there is no docker command, or no such context.
    """
    outcome = _ask(engine, _CHECKED + _OVERRIDDEN)
    model = _model(outcome)
    if model is not None:
        return Features(compose=True, config_json=True, override=_overrides(model), start_interval=True)
    if engine.run(("compose", "version"), timeout=PROBE_SECONDS).code != 0:
        return Features(compose=False)
    plain = _ask(engine, _PLAIN)
    error = engine_error(plain.err) if plain.code != 0 else None
    if error:
        raise error  # a context that does not exist stops every docker command
    if _model(plain) is None:
        return Features(compose=True, problem=(plain.err.strip().splitlines() or [""])[-1])
    overridden = _model(_ask(engine, _PLAIN + _OVERRIDDEN))
    return Features(
        compose=True,
        config_json=True,
        override=overridden is not None and _overrides(overridden),
        start_interval=_model(_ask(engine, _CHECKED)) is not None,
    )


def require(features: Features, facts: EngineFacts, stack: Stack | None = None) -> None:
    """Raise EngineError (4) where something is missing without which this stack cannot be started."""
    if not features.compose:
        raise EngineError("Docker has no Compose plugin", INSTALL_COMPOSE, code="compose-missing")
    if not features.config_json:
        reason = f" ({features.problem})" if features.problem else ""
        raise EngineError(
            f"this Compose {facts.compose} is too old: it cannot print its model as JSON{reason}".replace("  ", " "),
            INSTALL_COMPOSE,
            code="compose-too-old",
        )
    needing = _needs_start_interval(stack)
    if needing and not engine_knows_start_interval(facts):
        raise EngineError(
            f"Docker {facts.version} is too old for {needing}: `start_interval` needs Docker 25",
            UPDATE_ENGINE,
            code="engine-too-old",
        )


def feature_findings(features: Features, facts: EngineFacts, *, builds: bool = False) -> list[Finding]:
    """Give a warning for each thing that is missing and only makes something slower or unavailable.

    `builds`: an image will be built, so a missing buildx is an error.
    """
    findings = []
    if not facts.buildx:
        message = "Docker has no buildx, which builds images"
        findings.append(Finding("buildx-missing", "error" if builds else "warning", "buildx", message, INSTALL_BUILDX))
    if features.config_json and not features.override:
        message = "this Compose does not know `!override`: other ports (--auto-ports) cannot be written for it"
        findings.append(Finding("compose-too-old", "warning", "compose", message, INSTALL_COMPOSE))
    if features.config_json and not (features.start_interval and engine_knows_start_interval(facts)):
        message = "health checks cannot be quickened at the start (`start_interval` needs Docker 25 and a new Compose)"
        findings.append(Finding("engine-too-old", "warning", "engine", message, UPDATE_ENGINE))
    return findings


def engine_knows_start_interval(facts: EngineFacts) -> bool:
    """Say whether the engine accepts `start_interval`; an interface number that nobody can read counts as new."""
    parts = facts.api.split(".")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        return True
    return (int(parts[0]), int(parts[1])) >= _START_INTERVAL_API


def _needs_start_interval(stack: Stack | None) -> str:
    services = stack.services.values() if stack else ()
    return next((service.name for service in services if (service.healthcheck or {}).get("start_interval")), "")


def _ask(engine: Engine, text: str) -> Outcome:
    # The words that we use ourselves: `--progress plain` before the verb, JSON from `config`.
    argv = ("compose", "--progress", "plain", "-f", "-", "config", "--format", "json")
    return engine.run(argv, input_data=text.encode(), timeout=PROBE_SECONDS)


def _model(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.code != 0:
        return None
    try:
        model = json.loads(outcome.out)
    except ValueError:
        return None
    return model if isinstance(model, dict) else None


def _overrides(model: dict[str, Any]) -> bool:
    ports = ((model.get("services") or {}).get("a") or {}).get("ports") or []
    return [str(port.get("published")) for port in ports] == ["2"]
