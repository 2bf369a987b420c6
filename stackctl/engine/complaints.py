"""From Docker's and Compose's own words to an error with a way out. Text in (masked already), error out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from stackctl.errors import ConfigError, EngineError, StackctlError, StartError

_UNREACHABLE = (
    r"(?i)Cannot connect to the Docker daemon|Is the docker daemon running|error during connect"
    r"|connection refused.*docker|dial unix .*docker.*sock|failed to connect to the docker API|no such host.*docker"
)
_SOCKET_DENIED = r"(?i)permission denied while trying to connect to the (?:docker|Docker daemon)"
_NO_CONTEXT = r"(?i)context \"?([^\s\"]+)\"?.*(?:not found|does not exist)"
_REQUIRED = r"required variable (\S+) is missing a value(?:: (?P<why>.*))?"
_OPEN = r"open (?P<path>\S+): (?P<why>no such file or directory|permission denied)"
_YAML_LINE = r"(?:^|\s)(?:parsing (?P<path>\S+): )?yaml: (?:line (?P<line>\d+): )?(?P<why>.+)"
_NOT_FOUND = r"(?i)manifest unknown|manifest for .* not found|not found: manifest"
_DENIED = r"(?i)pull access denied|unauthorized|authentication required|denied: "
_RATE = r"(?i)toomanyrequests|rate limit|429 Too Many"
_NO_ANSWER = (
    r"(?i)no such host|connection refused|i/o timeout|TLS handshake timeout|Client\.Timeout|network is unreachable"
    r"|no route to host|temporary failure in name resolution|server misbehaving|connection reset|proxyconnect|: EOF"
    r"|certificate signed by unknown authority|context deadline exceeded"
)
_DISK_FULL = r"(?i)no space left on device"


class VariableMissing(ConfigError):
    """Compose wants a variable that nobody sets; `subject` is its name."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the variable {name} is missing{why}", f"set it: export {name}=…", code="variable-missing")
        self.subject = name


def engine_error(text: str) -> EngineError | None:
    """Give the error when the text says that the engine does not answer, else None."""
    if re.search(_SOCKET_DENIED, text):
        return EngineError(
            "this user may not speak to the Docker engine",
            "add the user to the group docker (sudo usermod -aG docker $USER) and log in again",
            code="engine-denied",
        )
    if re.search(_UNREACHABLE, text):
        return EngineError(
            "the Docker engine does not answer", "start it (make engine, or Docker Desktop), then try again"
        )
    match = re.search(_NO_CONTEXT, text)
    if match:
        return EngineError(f"the Docker context {match[1]} does not exist", "see: docker context ls")
    return None


def config_error(text: str, files: Sequence[Path]) -> StackctlError:
    """Give the error for a model that Compose rejects: its reason, and our file where it names none."""
    reason = _whole(text) if "interpolation format" in text else _last_line(text)
    required = re.search(_REQUIRED, text)
    if required:
        why = f": {required['why']}" if required["why"] else ""
        return VariableMissing(required[1].strip('"'), why)
    opened = re.search(_OPEN, text)
    if opened:
        hint = "restore it, or correct the path" if opened["why"].startswith("no") else f"see: ls -l {opened['path']}"
        return ConfigError(f"{opened['path']}: {opened['why']}", hint)
    yaml = re.search(_YAML_LINE, reason)
    if yaml:
        place = yaml["path"] or ", ".join(str(path) for path in files)
        line = f":{yaml['line']}" if yaml["line"] else ""
        return ConfigError(
            f"{place}{line}: this is not valid YAML: {yaml['why']}", "correct the line", code="yaml-invalid"
        )
    names = "" if any(str(path) in reason for path in files) else f" ({', '.join(path.name for path in files)})"
    reason = reason.removesuffix(": invalid compose project")
    return ConfigError(f"Compose rejects the model: {reason}{names}", "correct the file; see: stackctl config")


def pull_error(image: str, text: str) -> StartError:
    """Give the error for an image that could not be fetched; code `no-registry` when nobody answered."""
    reason = _last_line(text)
    if re.search(_DISK_FULL, text):
        return StartError(f"no space left while fetching {image}", "free space: docker system df", code="disk-full")
    if re.search(_RATE, text):
        return StartError(
            f"the registry limits the rate: {image} was not fetched",
            "log in (docker login), wait, or use the local recipe: --images local",
            code="rate-limited",
        )
    if re.search(_DENIED, text):
        return StartError(
            f"the registry refuses {image}, or has no such image",
            "log in (docker login) or correct the name",
            code="image-denied",
        )
    if re.search(_NOT_FOUND, text):
        return StartError(f"the registry has no image {image}", "correct the name or the tag", code="image-not-found")
    if re.search(_NO_ANSWER, text):
        return StartError(f"no registry answers for {image}: {reason}", "check the network", code="no-registry")
    return StartError(
        f"{image} could not be fetched: {reason}", "try by hand: docker pull " + image, code="image-not-found"
    )


def build_error(subject: str, text: str) -> StartError:
    """Give the error for an image that could not be built, with the lines that say why."""
    if re.search(_DISK_FULL, text):
        return StartError(
            f"no space left while building {subject}", "free space: docker builder prune", code="disk-full"
        )
    return StartError(f"building {subject} failed: {_build_reason(text)}", "see the build's log", code="build-failed")


def _build_reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\bERROR\b|^error:|failed to solve", line, re.I)]
    return (errors or lines or ["no output"])[-1]


def _whole(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "level=warning" not in line]
    return " ".join(lines)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "level=warning" not in line]
    return lines[-1] if lines else "no reason given"
