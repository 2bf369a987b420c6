"""A fault: a small stack, the code that `why` must give, and the service that must change."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

IMAGES = {
    name: f"stackctl/{name.lower()}:local"
    for name in ("TOOLS", "REDIS", "PYTHON", "PROMETHEUS", "JAEGER", "GRAFANA", "MONGODB")
}
# A health check that knows within two seconds; `%` takes the test.
CHECK = "{test: %s, interval: 300ms, timeout: %s, retries: 2}"


@dataclass(frozen=True)
class Fault:
    """`code` is empty for a healthy stack; `hit` are services that must be named as failing because of it.

    `also` are causes that have nothing to do with the first: code and service.

    `first` is another text of the same project that is started, and stopped, before; `up` are further words of
    `docker compose up -d`, `then` a Compose command after it.
    """

    name: str
    code: str
    service: str
    compose: str
    files: Mapping[str, str] = field(default_factory=dict)
    hit: tuple[str, ...] = ()
    first: str = ""
    up: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name


def fault(
    name: str,
    code: str,
    service: str,
    services: str,
    hit: str = "",
    files: Mapping[str, str] | None = None,
    *,
    first: str = "",
    up: str = "",
    then: str = "",
    also: str = "",
) -> Fault:
    """A fault from the text below `services:`; TOOLS and the like stand for the local images.

    Text below a line `---` stands beside `services:`.
    """
    return Fault(
        name,
        code,
        service,
        composed(services),
        files or {},
        tuple(hit.split()),
        first=composed(first) if first else "",
        up=tuple(up.split()),
        then=tuple(then.split()),
        also=tuple((code, named) for code, _colon, named in (one.partition(":") for one in also.split())),
    )


def composed(services: str) -> str:
    """A Compose file from the text below `services:`."""
    text, _rule, top = textwrap.dedent(services).strip("\n").partition("\n---\n")
    for word, image in IMAGES.items():
        text = text.replace(f"image: {word}", f"image: {image}")
    return f"services:\n{textwrap.indent(text, '  ')}\n{top}\n"


def told(
    name: str,
    code: str,
    service: str,
    text: str,
    exit_code: int = 1,
    *,
    more: str = "",
    rest: str = "",
    hit: str = "",
) -> Fault:
    """A fault in the words of a program that is not here: the service prints them and ends.

    `more` are further keys of the service (`restart: always`), `rest` other services.
    """
    speak = f"[sh, -c, 'cat /said >&2; exit {exit_code}']"
    own = f"{service}: {{image: TOOLS, command: {speak}, volumes: ['./said:/said:ro'], {more}}}"
    services = "\n".join(part for part in (own, textwrap.dedent(rest).strip("\n")) if part)
    return fault(name, code, service, services, hit, {"said": textwrap.dedent(text).strip("\n") + "\n"})


def healthy(name: str, services: str, files: Mapping[str, str] | None = None, *, up: str = "", then: str = "") -> Fault:
    """A stack that must give no verdict."""
    return fault(name, "", "", services, files=files, up=up, then=then)


def check(test: str, timeout: str = "1s") -> str:
    """A quick health check as YAML."""
    return CHECK % (test, timeout)
