"""What a driver is: all we know about one backing service, as values. It runs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.services.derivation import Derivation
    from stackctl.services.failures import Failure
    from stackctl.services.initial import Initial
    from stackctl.services.lines.formats import LineFormats

ProbeKind = Literal["http", "tcp", "mongo", "redis"]


@dataclass(frozen=True)
class Endpoint:
    """An address that a service offers: its container port, how it is spoken to, and the path worth opening.

    `tail` is what a connection URI with a login has behind the address, as the service's clients want it.
    """

    port: int
    scheme: str
    path: str = ""
    label: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Login:
    """Who may log in: a name and the stored secret that holds the password."""

    user: str
    secret: str


@dataclass(frozen=True)
class Metrics:
    """What Prometheus has of a service that it reads: metrics that are always there.

    `up` is a gauge that is 1 while the exporter reaches what it reports on, and `why_down` what its 0 means.
    """

    key: tuple[str, ...] = ()
    up: str = ""
    why_down: str = ""


@dataclass(frozen=True)
class LocalPage:
    """A metrics page that only the local image has: the name under which its network knows it then, and its job.

    Prometheus looks the name up (`dns_sd_configs`): with the official image there is no such name and so no target.
    """

    alias: str
    job: str


@dataclass(frozen=True)
class Client:
    """The service's own client, logged in: `words` run in its container, `alone` follow where the user adds none.

    Passwords are read in the container, from the files and variables that the server has: arguments are shown by `ps`.
    """

    words: tuple[str, ...]
    alone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Driver:
    """One backing service.

    `images` are patterns for the repository part of an image name, `recipe` the folder of the registry-free recipe,
    `data` the container paths that hold its state, `initial` what it reads only while that is empty, `derive` makes
    files from secrets (kind → values → content), `failures` its own words for what goes wrong, the surest first,
    `metrics` what Prometheus has of it, `lines` gives the shapes of its log lines (a function, so that reading JSON is
    loaded only where logs are read), `client` is the way in for people, `trace_path` the page of one trace on its first
    endpoint, `{id}` in it.
    """

    name: str
    images: tuple[str, ...] = ()
    recipe: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    login: Login | None = None
    probe: ProbeKind = "tcp"
    probe_path: str = ""
    data: tuple[str, ...] = ()
    initial: Initial | None = None
    derive: Mapping[str, Derivation] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    metrics: Metrics = Metrics()
    local_page: LocalPage | None = None
    lines: Callable[[], LineFormats] | None = None
    client: Client | None = None
    trace_path: str = ""

    def matches(self, image: str) -> bool:
        """Say whether an image is this service, by the repository's last words: a registry and a tag do not matter."""
        repository = repository_of(image)
        return any(re.fullmatch(rf"(?:.*/)?{pattern}", repository) for pattern in self.images)


GENERIC = Driver("generic")


def repository_of(image: str) -> str:
    """Give the repository of an image reference: no tag, no digest."""
    name = image.split("@", 1)[0]
    head, separator, tail = name.rpartition(":")
    return head if separator and "/" not in tail else name


def tag_of(image: str) -> str:
    """Give the tag of an image reference, `latest` where none is written."""
    name = image.split("@", 1)[0]
    _head, separator, tail = name.rpartition(":")
    return tail if separator and "/" not in tail else "latest"


def major_of(version: str) -> str:
    """Give the major version of a tag or version text (`8` of `v8.0.26-alpine`), empty where there is none."""
    match = re.match(r"v?(\d+)", version)
    return match[1] if match else ""
