"""What a service gets, as a program on the host needs it: published ports and host files instead of the container's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackctl.errors import Finding

# Where a program lives and what it is called: the container's answers are wrong on the host.
_OF_THE_CONTAINER = frozenset({"PATH", "HOME", "HOSTNAME", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME", "TMPDIR"})
_HOST_KEY = re.compile(r"(?P<stem>(?:.*_)?)(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^\s/@?#]*@)?(?P<hosts>[^\s/?#'\"]+)")
_HOST_PORT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*):(?P<port>\d{1,5})")
_SCHEME_PORTS = {
    **{"http": 80, "ws": 80, "https": 443, "wss": 443, "redis": 6379, "rediss": 6379, "mongodb": 27017},
    **{"postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "amqp": 5672, "amqps": 5671},
    **{"nats": 4222, "mqtt": 1883, "smtp": 25, "ftp": 21, "memcached": 11211},
}
HOST_ITSELF = "host.docker.internal"


@dataclass(frozen=True)
class Published:
    """How one service is reached from the host: container port → (address, port), and the port it mainly speaks on."""

    ports: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    main: int = 0


@dataclass(frozen=True)
class Reach:
    """What the host reaches: services by each of their names, and secret files by their path in the container."""

    services: Mapping[str, Published]
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class HostEnvironment:
    """The variables for a program on the host, and what could not be translated."""

    values: Mapping[str, str] = field(repr=False)
    findings: tuple[Finding, ...] = ()


def host_environment(passed: Mapping[str, str | None], reach: Reach) -> HostEnvironment:
    """Translate what a container gets; a value that holds no address and no secret file stays as it is."""
    translator = _Translator(reach)
    kept = {key: value for key, value in passed.items() if value is not None and key not in _OF_THE_CONTAINER}
    values = {key: translator.value(key, value) for key, value in kept.items()}
    for key, value in kept.items():
        values |= translator.host_and_port(key, value, kept)
    return HostEnvironment(values, tuple(translator.findings.values()))


class _Translator:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.findings: dict[str, Finding] = {}
        paths = sorted(reach.files, key=len, reverse=True)
        self._paths = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, paths))})(?![\w./-])") if paths else None

    def value(self, key: str, value: str) -> str:
        """Give a value with its files and addresses translated."""
        if self._paths is not None:
            value = self._paths.sub(lambda found: str(self._reach.files[found.group()]), value)
        if "://" in value:
            return _AUTHORITY.sub(lambda found: self._authority(key, found), value)
        words = [word for word in re.split(r"[,; ]", value) if word]
        if words and all(_HOST_PORT.fullmatch(word) for word in words):
            return _HOST_PORT.sub(lambda found: self._pair(key, found), value)
        return value

    def host_and_port(self, key: str, value: str, all_of: Mapping[str, str]) -> dict[str, str]:
        """Translate a bare name under a key such as `DB_HOST`; its port stands under `DB_PORT`, or will."""
        named = _HOST_KEY.fullmatch(key)
        if named is None:
            return {}
        if value == HOST_ITSELF:
            return {key: "127.0.0.1"}
        if value not in self._reach.services:
            return {}
        service = self._reach.services[value]
        port_key = f"{named['stem']}{'port' if key.islower() else 'PORT'}"
        written = all_of.get(port_key, "")
        address = self._published(key, value, int(written) if written.isdigit() else service.main)
        return {} if address is None else {key: address[0], port_key: str(address[1])}

    def _authority(self, key: str, found: re.Match[str]) -> str:
        hosts = ",".join(self._host(key, found["scheme"], host) for host in found["hosts"].split(","))
        return f"{found['scheme']}://{found['user'] or ''}{hosts}"

    def _host(self, key: str, scheme: str, host: str) -> str:
        name, _colon, written = host.partition(":")
        if name == HOST_ITSELF:
            return host.replace(HOST_ITSELF, "127.0.0.1")
        if name not in self._reach.services or (written and not written.isdigit()):
            return host
        port = int(written) if written else _SCHEME_PORTS.get(scheme.partition("+")[0].lower(), 0)
        address = self._published(key, name, port or self._reach.services[name].main)
        return host if address is None else _joined(address)

    def _pair(self, key: str, found: re.Match[str]) -> str:
        if found["name"] == HOST_ITSELF:
            return f"127.0.0.1:{found['port']}"
        if found["name"] not in self._reach.services:
            return found.group()
        address = self._published(key, found["name"], int(found["port"]))
        return found.group() if address is None else _joined(address)

    def _published(self, key: str, name: str, port: int) -> tuple[str, int] | None:
        address = self._reach.services[name].ports.get(port)
        if address is None:
            what = f"port {port} of {name}" if port else name
            message = f"{what} is not published on this machine, so {key} stays as the container has it"
            hint = f'publish it: ports: ["127.0.0.1:{port or "PORT"}:{port or "PORT"}"]'
            self.findings[f"{name}:{port}"] = Finding("not-published", "warning", key, message, hint)
        return address


def _joined(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
