"""STACKCTL_HOME holds secrets: it must be ours, writable, and closed to others."""

from __future__ import annotations

import shlex
from pathlib import Path

from stackctl.doctor.check import Scene, Seen
from stackctl.workspace.home import home


def home_private(scene: Scene) -> Seen:
    """Look at the folder, or at its nearest parent where the first `up` will make it."""
    path = home(scene.shell)
    quoted = shlex.quote(str(path))
    facts = scene.host.file(path)
    if facts is None:
        return _to_be_made(scene, path)
    if facts.kind == "unknown":
        return Seen("error", f"{path} cannot be looked at by this user", f"ls -ld {quoted}")
    if facts.kind != "directory":
        return Seen("error", f"{path} is no folder", "rename it, or set STACKCTL_HOME")
    if facts.uid != scene.host.uid():
        return Seen("error", f"{path} belongs to another user", f"sudo chown -R $(id -u) {quoted}")
    if not facts.writable:
        return Seen("error", f"{path} cannot be written", f"chmod u+rwx {quoted}")
    if facts.mode & 0o077:
        return Seen("error", f"{path} has mode {facts.mode:04o}: others can look in", f"chmod 700 {quoted}")
    return Seen("ok", str(path))


def _to_be_made(scene: Scene, path: Path) -> Seen:
    parent = next((folder for folder in path.parents if scene.host.file(folder) is not None), Path("/"))
    facts = scene.host.file(parent)
    if facts is None or facts.kind != "directory" or not facts.writable:
        hint = "set STACKCTL_HOME to a folder of yours"
        return Seen("error", f"{path} does not exist and cannot be made in {parent}", hint)
    return Seen("ok", f"{path} (made by the first start)")
