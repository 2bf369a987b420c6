"""A shell script in a mount namespace of its own: small disks, read-only folders. Takes root."""

from __future__ import annotations

import os
import subprocess

from tests.engine.cli import STACKCTL, Cli


def mounted(cli: Cli, script: str) -> str:
    """Run a script with `$S` as stackctl and `$HOME_DIR` as its home; give what it printed, both streams."""
    assert os.geteuid() == 0, "this test mounts a small file system, which takes root"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"set -u\n{script}"],
        cwd=cli.folder,
        env={**cli.environment(), "S": str(STACKCTL), "HOME_DIR": str(cli.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stdout
    assert "a bug in stackctl" not in done.stdout
    return done.stdout
