"""A small workspace on a temporary folder, with everything that a start compares; and a fake engine that runs it.

`db` reads a secret and a mounted file, `web` is built, mounts its sources and a folder of settings and needs `db`,
`init` is a job that `db` waits for, `extra` stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.request import UpRequest
from stackctl.lifecycle.up import apply_up
from stackctl.lifecycle.up_plan import plan_up
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.home import secrets_dir
from stackctl.workspace.target import Target, Wish
from tests.unit.fakes import Doors, FakeEngine, doors, image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackctl.engine.door import Compose
    from stackctl.lifecycle.outcome import UpResult
    from stackctl.lifecycle.plan import UpPlan

BASE_TEMPLATE = """\
# @defaultSensitive=false @defaultRequired=infer
# ----------------------------------------------------------------------------

# Directory of the secret files.
# stackctl: secrets-dir
# @required
STACKCTL_SECRETS_DIR=

# stackctl: generate=hex(32) file=db_password
# @required @sensitive
DB_PASSWORD=
"""
DEV_TEMPLATE = """\
# @defaultSensitive=false @defaultRequired=infer
# ----------------------------------------------------------------------------

# Where the app is.
WEB_PORT=8080
"""
COMPOSE = "services:\n  web: {image: x}\n"
PROBE = {"test": ["CMD", "x"], "interval": "5s", "timeout": "1s", "retries": 3}


class ShopEngine(FakeEngine):
    """Keeps each project's secrets in its own folder, as the env file would say it."""

    def __init__(self, model: Mapping[str, Any], home: Path) -> None:
        super().__init__(model)
        self.home = home

    def _named(self, compose: Compose) -> dict[str, Any]:
        folder = secrets_dir({"STACKCTL_HOME": str(self.home)}, compose.project)
        return {
            "name": compose.project,
            "volumes": {"db-data": {"name": f"{compose.project}_db-data"}},
            "secrets": {"db_password": {"name": "db_password", "file": str(folder / "db_password")}},
            **self.model,
        }


@dataclass
class Shop:
    """One workspace, one home, one engine."""

    root: Path
    home: Path
    engine: ShopEngine
    doors: Doors
    wish: Wish = field(default_factory=Wish)

    @property
    def target(self) -> Target:
        return find_target(Place(self.root, plain=False), self.wish, self.doors.shell)

    @property
    def core(self) -> Path:
        return self.root / "stacks" / "core"

    @property
    def secret(self) -> Path:
        return secrets_dir(self.doors.shell, self.target.project) / "db_password"

    @property
    def env_file(self) -> Path:
        return self.root / "env" / "core" / "dev.env"

    def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.engine.model["services"][name]
        return found

    def plan(self, **request: Any) -> UpPlan:
        return plan_up(self.doors.world, self.target, UpRequest(**request), ["dev", "prod"])

    def up(self, **request: Any) -> UpResult:
        """Plan and do; afterwards nothing of it counts as asked or told any more."""
        plan = self.plan(**request)
        result = apply_up(self.doors.world, plan, self.doors.clock.monotonic())
        # Compose's probes take a moment, and a process without one has to be stable.
        self.doors.clock.seconds += 60
        return result

    def forget_talk(self) -> None:
        self.engine.asked.clear()
        self.doors.heard.events.clear()


def bind(source: Path, target: str, *, read_only: bool = True) -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": target, "read_only": read_only}


def make_shop(folder: Path, **shell: str) -> Shop:
    """Give a workspace that has never been started."""
    root, home = folder / "ws" / "shop", folder / "home"
    core = root / "stacks" / "core"
    texts = {
        core / "base.yml": COMPOSE,
        core / "dev.yml": COMPOSE,
        core / "prod.yml": COMPOSE,
        core / "db.conf": "port 1\n",
        core / "conf.d" / "a.conf": "a\n",
        core / "app" / "Dockerfile": "FROM scratch\nCOPY . .\n",
        core / "app" / "main.py": "print()\n",
        core / "app" / "requirements.txt": "x==1\n",
        root / "env" / "core" / "base.env.template": BASE_TEMPLATE,
        root / "env" / "core" / "dev.env.template": DEV_TEMPLATE,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    services = {
        "db": {
            "image": "acme/db:1",
            "healthcheck": PROBE,
            "secrets": [{"source": "db_password"}],
            "depends_on": {"init": {"condition": "service_completed_successfully", "required": True}},
            "volumes": [
                bind(core / "db.conf", "/etc/db.conf"),
                {"type": "volume", "source": "db-data", "target": "/data"},
            ],
        },
        "extra": {"image": "acme/extra:1", "restart": "always"},
        "init": {"image": "acme/init:1", "restart": "no"},
        "web": {
            "build": {"context": str(core / "app"), "dockerfile": "Dockerfile"},
            "healthcheck": PROBE,
            "depends_on": {"db": {"condition": "service_healthy", "required": True}},
            "ports": [
                {"mode": "ingress", "host_ip": "127.0.0.1", "target": 80, "published": "8080", "protocol": "tcp"}
            ],
            "volumes": [
                bind(core / "app", "/app", read_only=False),
                bind(core / "conf.d", "/etc/web/conf.d"),
            ],
        },
    }
    engine = ShopEngine({"services": services}, home)
    for name in ("acme/db:1", "acme/extra:1", "acme/init:1"):
        engine.local[name] = image(name)
    return Shop(root, home, engine, doors(home, engine, **shell))
