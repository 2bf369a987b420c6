"""Our own template comments: `# stackctl: generate=hex(32) file=mongo_root rotate=mongo`.

generate=hex(32)                   a new secret is made so (see recipe)
derive=redis-acl(redis_password)   made from other secrets, by the service that reads it
file=NAME                          the value is a secret file of this name and never stands in an env file
secrets-dir                        the value is the folder of those files
rotate=mongo                       how a running service takes a new value
one-of=providers                   of all variables with this word at least one should have a value
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.env.call import Call, read_call, shifted, template_error, unknown_word
from stackctl.env.derive import sources_of
from stackctl.env.recipe import check_recipe

if TYPE_CHECKING:
    from stackctl.env.place import Place

KNOWN = ("generate", "derive", "file", "secrets-dir", "rotate", "one-of")
SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_WORD = re.compile(r"[a-z][a-z-]*")
_VALUE = re.compile(r"[^\s]+")


@dataclass(frozen=True)
class Directives:
    """What a template says to us about one variable."""

    generate: Call | None = None
    derive: Call | None = None
    file: str = ""
    secrets_dir: bool = False
    rotate: str = ""
    one_of: str = ""


def read_directives(text: str, place: Place, before: Directives) -> Directives:
    """Read what stands after `# stackctl:` and add it to what an earlier such line said.

    `place` is that of the text's first character. Raises ConfigError, with its place, for an unknown word, a recipe
    that does not exist and a file name that is none.
    """
    result = before
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        word = _WORD.match(text, position)
        here = shifted(place, position)
        if word is None or word.group() not in KNOWN:
            raise unknown_word(here, "stackctl directive", _VALUE.findall(text, position)[0].partition("=")[0], KNOWN)
        result, position = _one(text, word, result, place)
    return result


def _one(text: str, word: re.Match[str], result: Directives, place: Place) -> tuple[Directives, int]:
    name, end = word.group(), word.end()
    here = shifted(place, word.start())
    if name == "secrets-dir":
        return replace(result, secrets_dir=True), end
    if text[end : end + 1] != "=":
        raise template_error(here, f"{name} needs a value", f"write {name}=…")
    if name in ("generate", "derive"):
        call, end = read_call(text, end + 1, place)
        if name == "generate":
            check_recipe(call, here)
            return replace(result, generate=call), end
        if not sources_of(call):
            raise template_error(here, "derive names no secret to start from", "write derive=how(secret)")
        return replace(result, derive=call), end
    value = _VALUE.match(text, end + 1)
    if value is None or (name == "file" and not SECRET_NAME.fullmatch(value.group())):
        raise template_error(here, f"{name} needs a name", "use lower-case letters, digits, _, . and -")
    if name == "file":
        return replace(result, file=value.group()), value.end()
    if name == "one-of":
        return replace(result, one_of=value.group()), value.end()
    return replace(result, rotate=value.group()), value.end()
