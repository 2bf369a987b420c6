"""Checks the environment of a target: its variables, its files, and what Compose itself says. Changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.check import Case, check
from stackctl.env.place import Place
from stackctl.env.problem import Problem, of_error, of_finding
from stackctl.errors import ConfigError
from stackctl.lifecycle.effective import Effective, read_effective
from stackctl.lifecycle.env_files import (
    compose_env_files,
    own_env_file,
    shown_path,
    template_paths,
)
from stackctl.lifecycle.env_secrecy import learn_effective
from stackctl.lifecycle.env_weak import weak_secrets
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from stackctl.engine.git import Git
    from stackctl.env.item import Template
    from stackctl.errors import Severity
    from stackctl.lifecycle.early import Early
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Checked:
    """What a check found, and how many variables it looked at."""

    problems: tuple[Problem, ...]
    variables: int = 0

    @property
    def errors(self) -> int:
        """Give how many are errors."""
        return sum(problem.severity == "error" for problem in self.problems)


def check_environment(world: World, target: Target, git: Git, early: Early | None = None) -> Checked:
    """Give every problem, in the order of the files. Needs no engine, and raises nothing for what a file holds.

    `early` is a question to Compose about this target that the caller has begun.
    """
    with ThreadPoolExecutor(1) as pool:
        paths = [path for path in compose_env_files(world, target) if path.is_file()]
        in_git = pool.submit(git.has, target.root, paths)
        try:
            found, sources = read_effective(world, target, early)
        except ConfigError as error:
            return Checked((of_error(error),))
        if found is None:
            return Checked(tuple(of_error(error) for error in sources.broken))
        learn_effective(world, found)
        problems = [*_of_files(world, target, found, in_git.result())]
    own = own_env_file(target)
    shown = shown_path(target, own)
    case = Case(
        found.template,
        found.files,
        found.variables,
        shown,
        target.env.value,
        target.plain,
        frozenset(world.shell),
        _stored(world, target, found.template),
        found.stack is not None,
    )
    said = check(case)
    if any(problem.code == "env-file-missing" for problem in problems):
        # One sentence is enough for a whole file that is not there; what has no default is named all the same.
        said = [item for item in said if item.code != "missing-variable" or not _has_default(found.template, item.key)]
    said += weak_secrets(found, case.secrets, {item.key for item in said})
    return Checked((*problems, *said, *_complaint(found, said)), len(found.variables))


def _has_default(template: Template, key: str) -> bool:
    item = template.get(key)
    return bool(item and (item.default or item.directives.secrets_dir or item.directives.generate))


def _stored(world: World, target: Target, template: Template) -> dict[str, str]:
    store = FileSecretStore(secrets_dir(world.shell, target.project), world.files)
    return {name: value for name in template.secrets if (value := store.get(name)) is not None}


def _of_files(world: World, target: Target, found: Effective, in_git: frozenset[Path]) -> list[Problem]:
    problems: list[Problem] = []
    own = own_env_file(target)
    if template_paths(target) and world.files.look(own) is None:
        name = f" {target.env.value}" if not target.plain else ""
        message = f"there is no {shown_path(target, own)} yet"
        hint = f"make it: stackctl env init{name}"
        problems.append(Problem("env-file-missing", "error", "", None, message, hint))
    sensitive = {
        variable.entry.place.source
        for variable in found.variables.values()
        if variable.entry is not None and variable.sensitive and variable.entry.raw_value
    }
    for path in compose_env_files(world, target):
        facts = world.files.look(path)
        if facts is None:
            continue
        shown = shown_path(target, path)
        place = Place(shown, 1, 1)
        if facts.kind == "file" and facts.mode & 0o077 and (shown in sensitive or path == target.generated_env):
            message = f"other users can read it (mode {facts.mode:o})"
            problems.append(Problem("file-mode", "warning", "", place, message, f"chmod 600 {path}"))
        if path in in_git:
            severity: Severity = "error" if shown in sensitive else "warning"
            message = "git has it in its index, so it goes to everyone who clones"
            hint = f"git rm --cached {shown}, name it in .gitignore, and change the passwords in it"
            problems.append(Problem("tracked-by-git", severity, "", place, message, hint))
        problems += _of_contexts(found, path, shown)
    return problems


def _of_contexts(found: Effective, path: Path, shown: str) -> list[Problem]:
    problems: list[Problem] = []
    for name, service in sorted(found.stack.services.items()) if found.stack else ():
        build = service.build
        if build is None or not path.is_relative_to(build.context):
            continue
        from stackctl.images.context import InDoubt, read_ignore

        try:
            ignore = read_ignore(build.context, build.context / build.dockerfile)
        except InDoubt:
            continue
        parts = path.relative_to(build.context).parts
        verdict = None
        for count in range(1, len(parts) + 1):
            verdict = ignore.check("/".join(parts[:count]), verdict)
        if verdict is None or not verdict.ignored:
            message = f"it lies in the build context of {name}, so COPY . . puts it into the image"
            hint = f"add {path.relative_to(build.context)} to {build.context / '.dockerignore'}"
            problems.append(Problem("in-build-context", "warning", "", Place(shown, 1, 1), message, hint))
    return problems


def _complaint(found: Effective, said: list[Problem]) -> list[Problem]:
    """Give Compose's own complaint, unless it is one that has been told better."""
    error = found.complaint
    if error is None:
        return []
    told = {problem.key for problem in said if problem.code in ("missing-variable", "empty-variable")}
    if error.code == "variable-missing":
        named = [of_finding(finding) for finding in error.findings]
        fresh = [problem for problem in named if problem.key not in told]
        if named or any(key in error.message for key in told):
            return fresh
    return [of_error(error)]
