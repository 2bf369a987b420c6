"""Every verdict code. A test compares it with docs/reference/verdicts.md."""

from __future__ import annotations

CODES = (
    *("image-not-found", "image-platform", "build-failed"),
    *("port-in-use", "port-duplicate", "name-in-use", "network-missing", "volume-missing"),
    *("subnet-overlap", "address-pool-exhausted"),
    *("bind-source-missing", "mount-type-mismatch", "permission-denied", "read-only-filesystem", "disk-full"),
    *("command-not-found", "command-not-executable", "wrong-architecture", "out-of-memory"),
    *("crashed", "crash-loop", "exited-early", "one-shot-failed"),
    *("variable-missing", "secret-unreadable"),
    *("probe-tool-missing", "probe-wrong-port", "probe-failing", "probe-timeout"),
    *("never-listening", "listens-on-loopback"),
    *("dependency-refused", "dependency-unknown-host", "dependency-failed"),
    *("auth-failed", "credentials-changed", "data-version-mismatch", "data-corrupt", "data-locked"),
    *("service-config-invalid", "engine-unreachable", "unknown"),
)
