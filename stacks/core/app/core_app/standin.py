"""Stand-in: this app in the place of another one whose image cannot be had, so that its stack starts as a whole.

It takes the words and variables by which the other is started, listens where that would, and answers its health paths,
`/ready`, `/metrics`, `/debug/info` and `/`. It does none of its work.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

VERSION = "0.0.0-standin"
PORTS = ("LISTEN_PORT", "HTTP_PORT", "SERVER_PORT", "AGENT_PORT", "PORT")
MORE_PORTS = ("METRICS_PORT",)
HOSTS = ("HTTP_HOST", "SERVER_HOST")
LEVELS = ("LOG_LEVEL", "VECTORA_LOG_LEVEL", "RUST_LOG")
FOLDERS = ("ROCKSDB_PATH", "FAISS_INDEX_PATH")
# What other programs call these levels.
LEVEL_NAMES = {"trace": "debug", "warn": "warning", "off": "error", "": "info"}
# A server that is for people's machines listens there alone unless told otherwise; this is how one is recognised.
LOCAL_BY_DEFAULT = frozenset({"starmap"})
MCP_PORT = 9090
FEATURE = ("_API_KEY", "_API_TOKEN", "_TOKEN")


class StandinError(Exception):
    """Why it cannot start, as one line; no value of a secret is in it."""


@dataclass(frozen=True, slots=True)
class Standin:
    """How it listens and what it looks after; URIs are empty where the stack has no such store."""

    name: str
    host: str
    ports: tuple[int, ...]
    level: str
    mongodb: str = field(default="", repr=False)
    redis: str = field(default="", repr=False)
    features: Mapping[str, bool] = field(default_factory=dict)


def read(name: str, words: Sequence[str], environ: Mapping[str, str]) -> Standin:
    """Given how it was called and its environment, the settings. Raises StandinError."""
    parser = argparse.ArgumentParser(prog=name, add_help=False, exit_on_error=False)
    parser.add_argument("--host", default="")
    parser.add_argument("--port", default="")
    parser.add_argument("--config", default="")
    parser.add_argument("--managed-mode", action="store_true")
    flags, _rest = parser.parse_known_args(list(words))
    if flags.config and not Path(flags.config).is_file():
        raise StandinError(f"{flags.config} is not a file")
    ports = [_port("--port", flags.port)] if flags.port else _ports(environ, PORTS)[:1] or [8080]
    ports += _ports(environ, MORE_PORTS)
    if flags.managed_mode:
        ports.append(MCP_PORT)
    host = flags.host or next((environ[key] for key in HOSTS if environ.get(key)), "")
    level = next((environ[key] for key in LEVELS if environ.get(key)), "info").lower()
    level = LEVEL_NAMES.get(level, level)
    return Standin(
        name=environ.get("OTEL_SERVICE_NAME") or name,
        host=host or ("127.0.0.1" if name in LOCAL_BY_DEFAULT else "0.0.0.0"),
        ports=tuple(dict.fromkeys(ports)),
        level=level if level in ("debug", "info", "warning", "error") else "info",
        mongodb=_secret(environ, "MONGODB_URI"),
        redis=_secret(environ, "REDIS_URL"),
        features=_features(environ),
    )


def make_folders(environ: Mapping[str, str]) -> None:
    """Make the folders that the other would write to: a volume that it may not use shows at the start, as there."""
    for key in FOLDERS:
        if environ.get(key):
            try:
                Path(environ[key]).mkdir(parents=True, exist_ok=True)
                (Path(environ[key]) / "standin").write_text("made by the stand-in\n")
            except OSError as error:
                raise StandinError(f"{key}: cannot write {environ[key]}: {error.strerror}") from error


def _ports(environ: Mapping[str, str], keys: Sequence[str]) -> list[int]:
    return [_port(key, environ[key]) for key in keys if environ.get(key)]


def _port(key: str, value: str) -> int:
    if value.isascii() and value.isdigit() and 1 <= int(value) <= 65535:
        return int(value)
    raise StandinError(f"{key} must be a port from 1 to 65535, not {value!r}")


def _secret(environ: Mapping[str, str], key: str) -> str:
    """The value, or that in the file which `<key>_FILE` names; an empty file is no value."""
    path = environ.get(f"{key}_FILE")
    if environ.get(key) or not path:
        return environ.get(key, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StandinError(f"{key}_FILE: cannot read {path}: {type(error).__name__}") from error


def _features(environ: Mapping[str, str]) -> dict[str, bool]:
    """The outside services it has a key for, by the variable's name; the values stay unread beyond being there."""
    keys = {key.removesuffix("_FILE") for key in environ}
    return {key: bool(_secret(environ, key)) for key in sorted(keys) if key.endswith(FEATURE)}


def main(argv: Sequence[str]) -> int:
    """`NAME [WORDS…]`: `version` and `health` do that and end, anything else serves."""
    name, *words = argv or ["app"]
    try:
        if set(words) & {"version", "--version"}:
            sys.stdout.write(f"{name} {VERSION}\n")
            return 0
        settings = read(name, words, os.environ)
        if "health" in words:
            from core_app.health import ask

            well, said = ask(settings.ports[0])
            sys.stdout.write(f"{said}\n")
            return 0 if well else 1
        from core_app.standin_server import serve

        make_folders(os.environ)
        return serve(settings)
    except StandinError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
