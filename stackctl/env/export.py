"""Variables in the formats of other programs. Each gives back exactly the same values, or an error that names them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping

from stackctl.env.write import quote
from stackctl.errors import ConfigError

_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# `docker run --env-file` takes a line as it is: no quotes, no line ends (docker/cli, opts/file.go and opts/env.go).
_DOCKER_NAME = re.compile(r"[^\s#=][^\s=]*")


def render(values: Mapping[str, str], form: str) -> str:
    """Give the text of a format: `dotenv`, `json`, `shell` or `docker`.

    Raises ConfigError, with the names, for what the format cannot carry.
    """
    return FORMATS[form](values)


def _dotenv(values: Mapping[str, str]) -> str:
    return "".join(f"{key}={quote(value)}\n" for key, value in values.items())


def _json(values: Mapping[str, str]) -> str:
    # A byte that is not UTF-8 becomes U+FFFD, as in what Compose prints.
    text = json.dumps(dict(values), indent=2, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", "\ufffd", text) + "\n"


def _shell(values: Mapping[str, str]) -> str:
    _refuse([key for key in values if not _SHELL_NAME.fullmatch(key)], "shell", "no shell variable has such a name")
    return "".join(f"export {key}={shlex.quote(value)}\n" for key, value in values.items())


def _docker(values: Mapping[str, str]) -> str:
    wrong = [
        key
        for key, value in values.items()
        if not _DOCKER_NAME.fullmatch(key) or re.search(r"[\n\r\0]", value) or len(value) > MOST_PER_LINE
    ]
    _refuse(wrong, "docker", "a line of an env file of docker holds no line end")
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _refuse(names: list[str], form: str, why: str) -> None:
    if names:
        raise ConfigError(
            f"the format {form} cannot carry {', '.join(names)}: {why}", "use --format json", code="not-expressible"
        )


MOST_PER_LINE = 65_000  # docker reads lines with Go's bufio.Scanner, which stops at 64 KiB
FORMATS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "dotenv": _dotenv,
    "json": _json,
    "shell": _shell,
    "docker": _docker,
}
