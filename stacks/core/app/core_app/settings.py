"""Settings: what the container's environment and its secret files say, checked once at the start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """Everything that is wrong with the settings, in one message; a secret's value never appears in it."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where a backing service answers, and how to log in to it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are in seconds."""

    mongodb: Login
    mongodb_database: str
    redis: Login
    cache_ttl: int
    deadline: float
    port: int
    grace: int
    log_level: str
    reload: bool


def load(environ: Mapping[str, str]) -> Settings:
    """Given an environment, its settings; every problem at once in one SettingsError."""
    source = _Source(environ)
    settings = Settings(
        mongodb=Login(
            source.text("MONGODB_HOST", "mongodb"),
            source.integer("MONGODB_PORT", 27017, 1, 65535),
            source.text("MONGODB_USER", "root"),
            source.secret("MONGODB_PASSWORD_FILE"),
        ),
        mongodb_database=source.text("MONGODB_DATABASE", "core"),
        redis=Login(
            source.text("REDIS_HOST", "redis"),
            source.integer("REDIS_PORT", 6379, 1, 65535),
            source.text("REDIS_USER", "default"),
            source.secret("REDIS_PASSWORD_FILE"),
        ),
        cache_ttl=source.integer("CACHE_TTL_SECONDS", 60, 1, 86400),
        deadline=source.seconds("DEADLINE_SECONDS", 2.0, 0.1, 60.0),
        port=source.integer("LISTEN_PORT", 8080, 1, 65535),
        grace=source.integer("GRACE_SECONDS", 8, 0, 300),
        log_level=source.choice("LOG_LEVEL", "info", LEVELS),
        reload=source.choice("RELOAD", "false", ("true", "false")) == "true",
    )
    if source.problems:
        raise SettingsError("; ".join(source.problems))
    return settings


class _Source:
    """Reads one variable at a time and remembers what is wrong, so that a user fixes everything in one go."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name) or default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            return int(value)
        self.problems.append(f"{name} must be a whole number from {low} to {high}, not {value!r}")
        return default

    def seconds(self, name: str, default: float, low: float, high: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if low <= number <= high:
            return number
        self.problems.append(f"{name} must be seconds from {low} to {high}, not {value!r}")
        return default

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default).lower()
        if value not in choices:
            self.problems.append(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def secret(self, name: str) -> str:
        path = self._environ.get(name)
        if not path:
            self.problems.append(f"{name} is not set: it names the file that holds the password")
            return ""
        try:
            # A trailing newline is an editor's habit and never part of a password.
            value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            self.problems.append(f"{name}: cannot read {path}: {error.strerror}")
            return ""
        except UnicodeDecodeError:
            self.problems.append(f"{name}: {path} is not UTF-8 text")
            return ""
        if not value:
            self.problems.append(f"{name}: {path} is empty")
        return value
