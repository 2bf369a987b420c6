"""What a Dockerfile says about its own needs: base images, and the build secret `ca`. Text in, values out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.stack.model import Service
    from stackctl.workspace.files import Files

_CA = re.compile(r"--mount=[^\s]*\bid=ca\b")
_INSTRUCTION = re.compile(r"^\s*(FROM|ARG|COPY|RUN)\s+(.*)$", re.IGNORECASE)
_FROM = re.compile(r"(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
_SOURCE = re.compile(r"\bfrom=([^\s,]+)")
_REFERENCE = re.compile(r"\$(?:\{(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}|(?P<bare>\w+))")


def dockerfile_path(service: Service) -> Path | None:
    """Give the Dockerfile of a service; None where it has no build or the text stands in the Compose file."""
    if service.build is None or inline_text(service):
        return None
    return service.build.context / service.build.dockerfile


def inline_text(service: Service) -> str:
    """Give the `dockerfile_inline` of a service, empty where there is none."""
    raw = service.raw.get("build")
    return str(raw.get("dockerfile_inline") or "") if isinstance(raw, Mapping) else ""


def read_dockerfile(service: Service, files: Files) -> str:
    """Give the text of a service's Dockerfile, empty where there is none. Raises ConfigError if it cannot be read."""
    path = dockerfile_path(service)
    if path is None:
        return inline_text(service)
    return (files.read(path) or b"").decode("utf-8", "replace")


def asks_for_ca(text: str) -> bool:
    """Say whether a Dockerfile mounts the build secret `ca`."""
    return bool(_CA.search(text))


def base_images(text: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """Give the images that a Dockerfile builds on or copies from, with its arguments filled in.

    Stages of its own and `scratch` are no images. An argument without a value leaves its image out.
    """
    values: dict[str, str] = {}
    stages: set[str] = {"scratch"}
    found: list[str] = []
    lines = text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()
    for match in filter(None, map(_INSTRUCTION.match, lines)):
        word, rest = match[1].upper(), match[2].strip()
        if word == "ARG" and len(stages) == 1:  # only those before the first FROM reach a FROM
            name, _, default = rest.partition("=")
            values[name.strip()] = args.get(name.strip(), default.strip().strip("\"'"))
        elif word == "FROM":
            origin = _FROM.match(rest)
            if origin:
                found.append(_fill(origin["image"], values))
                stages.add((origin["stage"] or f"#{len(stages)}").lower())
        elif word in ("COPY", "RUN"):
            found += _SOURCE.findall(rest)
    images = [image for image in found if image and image.lower() not in stages and not image.isdigit()]
    return tuple(dict.fromkeys(images))


def _fill(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return values.get(match["name"] or match["bare"], "") or match["default"] or ""

    return _REFERENCE.sub(value, text)
