"""Generated overlays: plain Compose files that `docker compose` alone can run. Values in, text out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.stack.labels import SCRAPE, STANDIN

if TYPE_CHECKING:
    from stackctl.stack.model import Port

HEADER = "# Made by stackctl from your Compose files; it is written anew at every start. A plain Compose file.\n"


@dataclass(frozen=True)
class Page:
    """A metrics page that only a stand-in has: a second name in the service's networks, and the job that reads it."""

    alias: str
    job: str
    networks: Sequence[str]


@dataclass(frozen=True)
class Overlay:
    """What stackctl adds: images by service, build arguments, whole port lists, a certificate bundle for builds.

    `depends_on` is the whole list for services that would otherwise wait for one that was left out (`--without`).
    `standins` names, by service, the application in whose place a stand-in runs: its containers carry that as a label.
    `ca_for` names the services whose Dockerfile asks for the build secret `ca`: behind a private certificate authority
    pip and npm fail in a build until the host's bundle is there, and as a secret it never enters a layer.
    """

    images: Mapping[str, str] = field(default_factory=dict)
    build_args: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ports: Mapping[str, Sequence[Port]] = field(default_factory=dict)
    depends_on: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)
    standins: Mapping[str, str] = field(default_factory=dict)
    ca_for: Sequence[str] = ()
    ca_bundle: Path | None = None

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to add."""
        said = (self.images, self.build_args, self.ports, self.depends_on, self.pages, self.standins, self.ca_for)
        return not any(said)


def render(overlay: Overlay) -> str:
    """Give the overlay as a Compose file. JSON is YAML; `!override` is the one tag that JSON lacks."""
    services: dict[str, list[str]] = {}
    for name, image in sorted(overlay.images.items()):
        services.setdefault(name, []).append(f"    image: {_text(image)}")
    for name in sorted({*overlay.build_args, *overlay.ca_for}):
        lines = services.setdefault(name, [])
        lines.append("    build:")
        if name in overlay.build_args:
            pairs = ", ".join(
                f"{json.dumps(key)}: {_text(value)}" for key, value in sorted(overlay.build_args[name].items())
            )
            lines.append(f"      args: {{{pairs}}}")
        if name in overlay.ca_for:
            lines.append('      secrets: ["ca"]')
    for name, ports in sorted(overlay.ports.items()):
        lines = services.setdefault(name, [])
        lines.append("    ports: !override")
        lines += [f"      - {json.dumps(_port(port))}" for port in ports]
    for name, needed in sorted(overlay.depends_on.items()):
        conditions = {other: {"condition": condition} for other, condition in sorted(needed.items())}
        services.setdefault(name, []).append(f"    depends_on: !override {json.dumps(conditions)}")
    for name, page in sorted(overlay.pages.items()):
        networks = {network: {"aliases": [page.alias]} for network in page.networks}
        services.setdefault(name, []).append(f"    labels: {json.dumps({SCRAPE: page.job})}")
        services[name].append(f"    networks: {json.dumps(networks)}")
    for name, wanted in sorted(overlay.standins.items()):
        services.setdefault(name, []).append(f"    labels: {{{json.dumps(STANDIN)}: {_text(wanted)}}}")
    text = HEADER + "services:\n"
    for name, lines in sorted(services.items()):
        text += "\n".join([f"  {json.dumps(name)}:", *lines]) + "\n"
    if overlay.ca_bundle and overlay.ca_for:
        text += f"secrets:\n  ca:\n    file: {_text(str(overlay.ca_bundle))}\n"
    return text


def _text(value: str) -> str:
    return json.dumps(value.replace("$", "$$"))  # Compose interpolates generated files too


def _port(port: Port) -> dict[str, object]:
    value: dict[str, object] = {"target": port.target, "protocol": port.protocol, "mode": "ingress"}
    if port.published:
        value["published"] = str(port.published)
    if port.host_ip:
        value["host_ip"] = port.host_ip
    return value
