"""Makes `env/<stack>/<env>.env` and the secrets of a template: first decides, then does.

    plan = plan_fill(template, existing, around)      names what is added, kept, generated, missing
    apply_fill(plan, around, files, generate)

A second plan is empty, and a run that was cut short is finished by the next one: secrets come first, the file that
points to them last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stackctl.env.derive import derived
from stackctl.env.fill_file import misplaced, plan_file
from stackctl.env.fill_plan import FillPlan, Surroundings
from stackctl.env.fill_secrets import plan_secrets
from stackctl.env.one_of import lonely_groups
from stackctl.errors import ConfigError
from stackctl.workspace.files import PRIVATE_FILE, Files

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.env.grammar import EnvFile
    from stackctl.env.item import Template


def plan_fill(template: Template, existing: EnvFile | None, around: Surroundings) -> FillPlan:
    """Decide how to fill an environment; nothing is changed. `existing` is None where there is no env file yet.

    Values that are required and missing are in the plan, all at once. Raises ConfigError for a derivation that no
    deriver knows, and for an unreadable secret.
    """
    return FillPlan(
        around.path,
        plan_file(template, existing, around),
        plan_secrets(template, around),
        (*misplaced(template, existing), *lonely_groups(template, around)),
    )


def apply_fill(plan: FillPlan, around: Surroundings, files: Files, generate: Callable[[str], str]) -> None:
    """Do what the plan says. `generate` makes a value of a recipe such as `hex(32)`.

    Raises ConfigError, before anything is changed, with everything that is missing.
    """
    if plan.missing:
        names = ", ".join(finding.subject for finding in plan.missing)
        raise ConfigError(
            f"{plan.path.name} lacks required values: {names}",
            plan.missing[0].hint,
            code="missing-variable",
            findings=plan.missing,
        )
    if plan.file.data is not None:
        check_unchanged(plan.path, plan.file.before, files)
    store, secrets = around.store, plan.secrets
    for name, value in secrets.given.items():
        store.put(name, value)
    for name in secrets.empty:
        store.leave_empty(name)
    for secret in secrets.generate:
        store.put(secret.name, generate(str(secret.recipe)))
    for secret in secrets.derive:
        store.put(secret.name, derived(secret.recipe, store.get, around.derivers))
    if plan.file.data is not None:
        files.write(plan.path, plan.file.data, PRIVATE_FILE)


def check_unchanged(path: Path, before: bytes | None, files: Files) -> None:
    """Raise ConfigError where an env file is no longer what a plan was made for: an editor takes no lock."""
    if files.read(path) != before:
        raise ConfigError(
            f"{path.name} was changed by somebody else at this moment", "run it again", code="changed-meanwhile"
        )
