"""What is wrong with a sealed file, as findings. Errors are what a teammate would stumble over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import Finding
from stackctl.lifecycle.sealed import Sealed, not_sealed
from stackctl.secrets.sealed_file import Key
from stackctl.secrets.sealing import complaints

if TYPE_CHECKING:
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.secrets.seal_memo import Relation

_SIDES: dict[Relation, tuple[str, str]] = {
    "changed-here": ("has changed here since it was sealed", "share it: stackctl secrets seal"),
    "changed-there": ("is newer in the file than here", "take it: stackctl secrets unseal"),
    "both-changed": ("differs here and in the file", "take that of the file: stackctl secrets unseal --replace"),
    "only-sealed": ("is sealed and not here", "take it: stackctl secrets unseal"),
}


def check_sealed(secrets: Secrets, sealed: Sealed) -> list[Finding]:
    """Give every finding about a sealed file, the errors first."""
    return [
        *_incomplete(secrets, sealed),
        *_for_others(sealed),
        *complaints(sealed.sides.opened, sealed.source),
        *_against_here(sealed),
        *not_sealed(sealed),
    ]


def _incomplete(secrets: Secrets, sealed: Sealed) -> list[Finding]:
    """What a clean clone would lack: declared secrets that are not derived, and required sensitive variables."""
    wanted = [Key("secret", name) for name in secrets.declared if not secrets.derived_from(name)]
    wanted += [
        Key("variable", item.key)
        for item in secrets.template.items
        if item.sensitive and item.required and not item.secret and not item.directives.secrets_dir and not item.default
    ]
    found = []
    for key in dict.fromkeys([*wanted, *sealed.sides.here]):
        if key not in sealed.sides.blocks:
            message = f"the {key} is not in {sealed.source}"
            found.append(Finding("not-sealed", "error", key.name, message, "seal it: stackctl secrets seal"))
    return found


def _for_others(sealed: Sealed) -> list[Finding]:
    if not sealed.recipients.keys and sealed.there:
        where = sealed.place.shown(sealed.place.recipients)
        hint = "add them: stackctl secrets recipients add KEY"
        return [Finding("no-recipients", "error", where, f"{where} names nobody", hint)]
    mark = sealed.recipients.digest
    return [
        Finding(
            "recipients-changed",
            "error",
            key.name,
            f"the {key} was sealed for another list of people than {sealed.place.shown(sealed.place.recipients)}",
            "seal it again: stackctl secrets seal",
        )
        for key, block in sealed.sides.blocks.items()
        if block.recipients != mark
    ]


def _against_here(sealed: Sealed) -> list[Finding]:
    """How the values here stand to the file. On a clone that has none of them that is no finding."""
    if not sealed.sides.here:
        return []
    found = []
    for key, related in sealed.sides.relations().items():
        if related in _SIDES:
            what, hint = _SIDES[related]
            found.append(Finding(f"sealed-{related}", "warning", key.name, f"the {key} {what}", hint))
    return found
