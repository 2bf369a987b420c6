"""Every problem of an environment's variables at once: values against what templates and Compose files say of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.env.fill_file import misplaced
from stackctl.env.flags import flags
from stackctl.env.one_of import lonely, said, way_out
from stackctl.env.placeholders import is_placeholder
from stackctl.env.problem import Problem, of_finding
from stackctl.env.validate import problem
from stackctl.workspace.names import closest

if TYPE_CHECKING:
    from stackctl.env.effective import Variable
    from stackctl.env.grammar import EnvFile
    from stackctl.env.item import Item, Template
    from stackctl.env.place import Place
    from stackctl.errors import Severity

# Set by every shell, or by Compose itself: nobody declares them.
SURROUNDINGS = frozenset(
    {"HOME", "PWD", "USER", "LOGNAME", "UID", "GID", "PATH", "SHELL", "HOSTNAME", "TMPDIR", "DISPLAY", "LANG", "TERM"}
    | {"SSH_AUTH_SOCK", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "XDG_RUNTIME_DIR", "WAYLAND_DISPLAY"}
)
# Compose reads these before it reads any `--env-file`, and stackctl says files and project itself.
_NO_EFFECT = frozenset({"COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PATH_SEPARATOR"})
# A suggestion compares a name with every other one: where a file of another project lies here, a thousand names are
# unknown for one reason, and none of them is a typing error.
MOST_COMPARED = 200_000
_SHELL_ONLY = frozenset({"COMPOSE_ENV_FILES", "COMPOSE_DISABLE_ENV_FILE"})


@dataclass(frozen=True)
class Case:
    """What is checked.

    `file` is the env file that a user edits, `environment` its name, `plain` whether it is a plain Compose project.
    `shell` are the names that the shell sets, `secrets` the stored secrets that there are, name → value. `modelled`
    says whether Compose gave a model: without one nobody knows who gets a secret.
    """

    template: Template
    files: Sequence[EnvFile]
    variables: Mapping[str, Variable]
    file: str
    environment: str = ""
    plain: bool = False
    shell: Collection[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    modelled: bool = True

    @property
    def placeholder_severity(self) -> Severity:
        """Say how bad a value is that somebody meant to replace: in production nobody should meet it."""
        return "error" if self.environment.lower().startswith("prod") else "warning"

    @property
    def option(self) -> str:
        """Give the flag that names the environment in a command, empty where there is none."""
        return f" -e {self.environment}" if self.environment and not self.plain else ""


def check(case: Case) -> list[Problem]:
    """Give every problem, in the order of the files. No value is ever in one."""
    found: list[Problem] = []
    names = set(case.shell)
    for env_file in case.files:
        found += [of_finding(finding) for finding in flags(env_file, names)]
        found += [of_finding(finding) for finding in misplaced(case.template, env_file)]
        names |= set(env_file.keys)
    known = [key for key, variable in case.variables.items() if variable.item is not None or variable.uses]
    unknown = sum(variable.item is None and not variable.uses for variable in case.variables.values())
    known = known if unknown * len(known) <= MOST_COMPARED else []
    for variable in case.variables.values():
        found += _of_variable(case, variable, known)
    found += _groups(case)
    return sorted(found, key=lambda item: item.order)


def _groups(case: Case) -> Iterator[Problem]:
    def has_value(item: Item) -> bool:
        variable = case.variables.get(item.key)
        return bool(case.secrets.get(item.secret) if item.secret else variable and variable.value)

    for name, items in lonely(case.template, has_value).items():
        yield Problem(
            "none-of-group", "warning", items[0].key, items[0].place, said(name, items), way_out(items) + case.option
        )


def _of_variable(case: Case, variable: Variable, known: Sequence[str]) -> Iterator[Problem]:
    item = variable.item
    yield from _reserved(case, variable)
    if item is None:
        yield from _undeclared(case, variable, known)
    elif item.secret:
        yield from _secret(case, item)
    else:
        yield from _declared(case, variable, item)
    if item is not None and not _used(case, variable, item):
        message = f"{variable.key} is in the template and nothing uses it"
        yield Problem("unused-variable", "warning", variable.key, item.place, message, "remove it, or use it")
    if variable.shadowed and variable.entry is not None:
        message = f"{variable.key} comes from your shell, not from this line: Compose obeys the shell"
        yield Problem("shadowed", "warning", variable.key, variable.entry.place, message, f"unset {variable.key}")
    if variable.value and is_placeholder(variable.value) and variable.source.kind != "compose":
        yield _placeholder(case, variable.key, _value_place(variable))


def _declared(case: Case, variable: Variable, item: Item) -> Iterator[Problem]:
    key = variable.key
    there = variable.entry is not None or variable.source.kind == "shell"
    demand = variable.required_by_compose
    if not there and (item.required or demand):
        # An example without decorators says nothing of what must be there: a default in the Compose file will do.
        lenient = case.plain and not item.said & {"required"} and variable.source.kind == "compose"
        yield _missing(case, key, item, "warning" if lenient else "error")
    elif variable.value == "" and there and item.required and item.type.settings.get("allowEmpty") != "true":
        message = f"{key} must have a value and stands here empty"
        yield Problem("empty-variable", "error", key, _value_place(variable), message, _set(case, key))
    if variable.value and (wrong := problem(item.type, variable.value)):
        place, message = _value_place(variable), f"the value of {key} {wrong}"
        hint = _set(case, key)
        if variable.source.kind == "shell":
            place, message, hint = None, f"{message}; it comes from your shell", f"unset {key}"
        yield Problem("invalid-value", "error", key, place, message, hint)
    if item.deprecated and variable.entry is not None:
        said = "" if item.deprecated == "deprecated" else f": {item.deprecated}"
        hint = f"remove it: stackctl env unset {key}{case.option}"
        yield Problem("deprecated", "info", key, variable.entry.place, f"{key} is deprecated{said}", hint)


def _missing(case: Case, key: str, item: Item, severity: Severity) -> Problem:
    example = f", for example {item.example}" if item.example else ""
    if item.default:
        way = f"add it with its default: stackctl env sync{'' if case.plain else f' {case.environment}'}"
    else:
        way = f"{_set(case, key)}{example}"
    return Problem("missing-variable", severity, key, item.place, f"{key} is not set in {case.file}", way)


def _secret(case: Case, item: Item) -> Iterator[Problem]:
    value = case.secrets.get(item.secret)
    if value is None:
        made = item.directives.generate or item.directives.derive
        if item.required and not made:
            hint = f"stackctl secrets set {item.secret}{case.option}"
            message = f"the secret {item.secret} has no value"
            yield Problem("missing-variable", "error", item.key, item.place, message, hint)
        return
    if is_placeholder(value):
        yield _placeholder(case, item.key, item.place)
    if wrong := problem(item.type, value):
        hint = f"stackctl secrets set {item.secret}{case.option}"
        yield Problem(
            "invalid-value", "error", item.key, item.place, f"the value of the secret {item.secret} {wrong}", hint
        )


def _undeclared(case: Case, variable: Variable, known: Sequence[str]) -> Iterator[Problem]:
    key, entry = variable.key, variable.entry
    if key in SURROUNDINGS or not key:
        return
    if not variable.uses and entry is not None:
        if variable.services or key.startswith(("COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_")):
            return
        guess = closest(key, [other for other in known if other != key])
        hint = f"did you mean “{guess}”?" if guess else f"remove it: stackctl env unset {key}{case.option}"
        message = f"{key} is in no template, and no Compose file uses it"
        yield Problem("unknown-variable", "warning", key, entry.place, message, hint)
        return
    if not variable.uses:
        return
    use = variable.uses[0]
    unset = variable.source.kind == "nowhere" and any(not use.optional for use in variable.uses)
    if variable.required_by_compose and variable.source.kind == "nowhere":
        use = variable.required_by_compose
        message = f"{key} must have a value and has none"
        yield Problem("missing-variable", "error", key, use.place, message, _set(case, key))
    elif unset:
        message = f"{key} is set nowhere, so Compose puts nothing in its place"
        yield Problem("unset-variable", "warning", key, use.place, message, _set(case, key))
    if case.template.items:
        message = f"{key} is used here and is in no template"
        yield Problem("undeclared-variable", "warning", key, use.place, message, "add it to the template")


def _reserved(case: Case, variable: Variable) -> Iterator[Problem]:
    key = variable.key
    place = variable.entry.place if variable.entry else variable.item.place if variable.item else None
    if place is None:
        return
    if (key in _NO_EFFECT and not case.plain) or key in _SHELL_ONLY:
        message = f"{key} has no effect in an env file here"
        hint = "remove it; files and project name are stackctl's own" if key in _NO_EFFECT else "set it in the shell"
        yield Problem("reserved-variable", "warning", key, place, message, hint)
    elif key.startswith("DOCKER_") and not variable.uses:
        message = f"{key} is read from the shell only: docker has chosen its engine before an env file is read"
        yield Problem("reserved-variable", "warning", key, place, message, "set it in the shell")


def _used(case: Case, variable: Variable, item: Item) -> bool:
    if variable.uses or variable.services or item.deprecated or variable.key.startswith(("COMPOSE_", "DOCKER_")):
        return True
    if item.secret and not case.modelled:
        return True
    return bool(item.secret) and item.secret in case.template.sources_of_derived


def _placeholder(case: Case, key: str, place: Place | None) -> Problem:
    message = f"the value of {key} is a placeholder that was meant to be replaced"
    return Problem("placeholder", case.placeholder_severity, key, place, message, _set(case, key))


def _set(case: Case, key: str) -> str:
    return f"stackctl env set {key}{case.option}"


def _value_place(variable: Variable) -> Place | None:
    if variable.source.kind == "shell":
        return None
    return variable.entry.value_place if variable.entry is not None else variable.source.place
