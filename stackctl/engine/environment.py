"""Which variables of the shell Docker and Compose may see: an allow-list, so that nothing leaks in by accident."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_EXACT = frozenset(
    {
        *(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "TMPDIR",
            "LANG",
            "LC_ALL",
            "SSH_AUTH_SOCK",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
        ),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    }
)
_PREFIXES = ("XDG_", "DOCKER_", "BUILDKIT_", "BUILDX_", "COMPOSE_")


def allowed(shell: Mapping[str, str], named: Collection[str] = ()) -> dict[str, str]:
    """Give the part of the shell's variables that a Docker process gets: the allow-list and what the files name."""
    return {
        name: value for name, value in shell.items() if name in _EXACT or name in named or name.startswith(_PREFIXES)
    }
