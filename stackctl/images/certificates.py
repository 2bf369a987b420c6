"""The host's bundle of certificate authorities, for the build secret `ca`.

Behind a private authority Go, pip and npm fail in a build until the host's bundle is there. As a secret it never enters
a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

# Where Debian, Fedora, SUSE, older Red Hat and macOS keep it; the order is that of Go's crypto/x509.
PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def ca_bundle(shell: Mapping[str, str], is_file: Callable[[Path], bool] = Path.is_file) -> Path | None:
    """Give the bundle that this user's programs trust: SSL_CERT_FILE, else the system's; None where there is none."""
    places = [place for place in (shell.get("SSL_CERT_FILE", ""), *PLACES) if place]
    return next((path for path in map(Path, places) if is_file(path)), None)
