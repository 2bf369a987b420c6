"""Which secrets a fork may make new: where no data knows them, and where the copied data can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackctl.env.template import load
from stackctl.errors import Refused
from stackctl.instances.renewal import GIVEN, login_in, plan_renewal, renewal
from stackctl.lifecycle.secret_values import Secrets
from stackctl.secrets.store import FileSecretStore
from stackctl.stack.model import stack_from
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.target import Wish
from tests.unit.lifecycle.made import make_shop

HEAD = "# @defaultSensitive=false @defaultRequired=infer\n# ---\n\n"
MADE = ("mongo_root", "redis_password", "grafana_admin", "grafana_key", "postgres_password", "signing", "session")
SERVICES: dict[str, Any] = {
    "mongodb": {
        "image": "mongo:8",
        "environment": {
            "MONGO_INITDB_ROOT_USERNAME": "boss",
            "MONGO_INITDB_ROOT_PASSWORD_FILE": "/run/secrets/mongo_root",
        },
        "secrets": ["mongo_root"],
        "volumes": {"mongo-data": "/data/db"},
    },
    "redis": {"image": "redis:8", "secrets": ["redis_acl"], "volumes": {"redis-data": "/data"}},
    "grafana": {
        "image": "grafana/grafana:13.0.0",
        "environment": {
            "GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/grafana_admin",
            "GF_SECURITY_SECRET_KEY__FILE": "/run/secrets/grafana_key",
        },
        "secrets": ["grafana_admin", "grafana_key"],
        "volumes": {"grafana-data": "/var/lib/grafana"},
    },
    "postgres": {
        "image": "postgres:17",
        "environment": {"POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_password"},
        "secrets": ["postgres_password"],
        "volumes": {"pg-data": "/var/lib/postgresql/data"},
    },
    # A client of the stores with files of its own, which it may have signed.
    "app": {
        "image": "acme/app:1",
        "secrets": ["mongo_root", "redis_password", "signing", "api_key"],
        "volumes": {"app-data": "/app/data"},
    },
    "web": {"image": "acme/web:1", "secrets": ["session"], "volumes": {}},
}


def secrets_with(tmp_path: Path, services: dict[str, Any]) -> Secrets:
    folder = tmp_path / "secrets"
    store = FileSecretStore(folder, DiskFiles())
    for name in (*MADE, "api_key", "redis_acl"):
        store.put(name, f"value-of-{name}")
    text = HEAD
    for name in MADE:
        text += f"# stackctl: generate=hex(32) file={name}\n# @required @sensitive\n{name.upper()}=\n\n"
    text += "# stackctl: file=api_key\n# @required @sensitive\nAPI_KEY=\n\n"
    text += "# stackctl: derive=redis-acl(redis_password) file=redis_acl\n# @required @sensitive\nREDIS_ACL=\n"
    raw = {
        "name": "shop",
        "services": {
            name: {
                **item,
                "secrets": [{"source": secret, "target": f"/run/secrets/{secret}"} for secret in item["secrets"]],
                "volumes": [{"type": "volume", "source": key, "target": path} for key, path in item["volumes"].items()],
            }
            for name, item in services.items()
        },
        "volumes": {key: {"name": f"shop_{key}"} for item in services.values() for key in item["volumes"]},
        "secrets": {name: {"name": name, "file": str(folder / name)} for name in (*MADE, "api_key", "redis_acl")},
    }
    shop = make_shop(tmp_path)
    return Secrets(shop.target, store, load(text.encode(), "dev.env.template", "dev"), stack_from(raw))


def test_what_data_knows_stays_unless_it_can_be_told(tmp_path: Path) -> None:
    secrets = secrets_with(tmp_path, SERVICES)
    assert secrets.stack
    found = renewal(secrets, secrets.stack, secrets.template)
    assert sorted(found.new) == ["grafana_admin", "mongo_root", "postgres_password", "redis_password", "session"]
    assert found.new["mongo_root"] == "hex(32)"
    assert found.logins == ("grafana", "mongodb", "postgres")
    assert found.kept == {
        "api_key": GIVEN,
        "grafana_key": "the data of grafana knows it, and it cannot be set there",
        "signing": "app may have used it for its data",
    }
    login = login_in(secrets.stack, secrets.stack.services["mongodb"])
    assert login
    assert (login.user, login.password, login.secret) == ("boss", "value-of-mongo_root", "mongo_root")


def test_where_nothing_can_be_new_it_is_refused(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.up()
    source = shop.target
    shop.wish = Wish(instance="review")
    with pytest.raises(Refused) as caught:
        plan_renewal(shop.doors.world, source, shop.target)
    assert caught.value.code == "nothing-to-renew"
    assert "db may have used it" in caught.value.message
