"""The merged model, for eyes: Compose's answer with every secret value hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.scene import asked_of_compose, compose_of
from stackctl.lifecycle.secrecy import learn_target
from stackctl.mask import HIDDEN, is_sensitive

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.mask import Mask
    from stackctl.workspace.target import Target

_PAIR = re.compile(r"^\s*\"?([\w.-]+)\"?: (.+)$", re.MULTILINE)


_BARE = r"(?m)^(\s*(?:- |[^\s'\"][^\n]*?: ))(\*\*\*.*)$"


def merged_text(world: World, target: Target) -> str:
    """Give the merged model as Compose's own YAML, masked. Works without the engine. Raises ConfigError."""
    text = _asked(world, target, ())
    found = {key: value.strip("\"'") for key, value in _PAIR.findall(text) if is_sensitive(key)}
    if any(value[:1] in ("|", ">") for value in found.values()):
        return _dumped(merged_model(world, target))  # a block of several lines is hidden by structure, not by line
    world.mask.add(*found.values())
    # A plain `***` would be an alias in YAML: what begins with it is quoted.
    return re.sub(_BARE, lambda match: match[1] + "'" + match[2].replace("'", "''") + "'", world.mask(text))


def merged_model(world: World, target: Target) -> Any:
    """Give the merged model of a target as values, masked. Works without the engine. Raises ConfigError."""
    import json

    model = json.loads(_asked(world, target, ("--format", "json")))
    for service in (model.get("services") or {}).values():
        environment = service.get("environment") or {}
        world.mask.add(*(str(value) for key, value in environment.items() if value and is_sensitive(key)))
    return masked(model, world.mask)


def masked(value: Any, mask: Mask) -> Any:
    """Give a JSON value with secret values hidden: by what is known, and by the name of a key."""
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(item, str) and item and is_sensitive(str(key)) else masked(item, mask)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item, mask) for item in value]
    return mask(value) if isinstance(value, str) else value


def _asked(world: World, target: Target, words: tuple[str, ...]) -> str:
    learn_target(world, target)
    plan = environment_of(world, target)
    compose = compose_of(world, plan.target, plan.variables)
    return asked_of_compose(world, compose, plan.target, lambda: world.engine.config_text(compose, words))


def _dumped(model: Any) -> str:
    import yaml

    # libyaml's own emitter where it is there: ten times quicker than the one in Python.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(model, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000))
