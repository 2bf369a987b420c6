from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl.onboard.init import apply_init, plan_init
from stackctl.workspace.files import DiskFiles


@pytest.fixture(autouse=True)
def plain_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A shell that says nothing to stackctl, a terminal of 100 columns, no engine, and SIGTERM as it was."""
    for name in ("STACKCTL_ENV", "STACKCTL_STACK", "STACKCTL_INSTANCE", "STACKCTL_IMAGES", "STACKCTL_DEBUG", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.setenv("STACKCTL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A workspace with the core stack; the tests stand in it."""
    root = tmp_path / "shop"
    root.mkdir()
    apply_init(plan_init(root, DiskFiles()), DiskFiles())
    monkeypatch.chdir(root)
    return root
