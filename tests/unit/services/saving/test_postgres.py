"""PostgreSQL: where in a volume its cluster lies, how a server is tried over it, how a login is set there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackctl.services.saving.base import Subject
from stackctl.services.saving.postgres import PostgresSaver
from stackctl.services.saving.postgres_login import _SET

TARGET = "/var/lib/postgresql"


@pytest.mark.parametrize(
    ("state", "data"),
    [
        ({"version": "17", "folder": "."}, TARGET),
        ({"version": "18", "folder": "18/docker"}, f"{TARGET}/18/docker"),
    ],
)
def test_a_trial_serves_the_folder_that_was_found(state: dict[str, str], data: str) -> None:
    trial = PostgresSaver().trial(Subject("base", f"{TARGET}/", state=state), "postgres:18")
    assert trial is not None
    assert trial.variables == {"PGDATA": data}


def test_a_volume_without_a_cluster_has_nothing_to_try() -> None:
    assert PostgresSaver().trial(Subject("base", TARGET), "postgres:17") is None


@pytest.mark.parametrize(
    ("data", "sub"), [(TARGET, ""), (f"{TARGET}/18/docker/", "18/docker"), ("/elsewhere", ""), ("", "")]
)
def test_the_login_is_set_where_pgdata_says(data: str, sub: str) -> None:
    helper = PostgresSaver().own_login(Subject("base", TARGET, variables={"PGDATA": data}))
    assert helper.variables == {"SAVE_SUB": sub}


@pytest.mark.parametrize("text", ["plain", "it's", 'a "b"', "back\\slash", "$do$ END; --", "`id` $(id) ${x}"])
def test_a_name_and_a_password_cannot_leave_their_quotes(tmp_path: Path, text: str) -> None:
    """The statements, from the script's own lines; what a server makes of them is tried on an engine."""
    lines = _SET.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("text()"))
    last = next(number for number, line in enumerate(lines) if line.startswith("} > /tmp/statements"))
    script = "\n".join(["set -eu", "IFS= read -r password", *lines[first:last], "}"])
    done = subprocess.run(
        ["sh", "-c", script],
        input=f"{text}\n",
        env={"SAVE_USER": text, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    as_text = "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    as_name = '"' + text.replace('"', '""') + '"'
    made, changed = done.stdout.splitlines()
    assert made.startswith(f"DO $stackctl$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {as_text}) THEN")
    assert made.endswith(f"CREATE ROLE {as_name} SUPERUSER; END IF; END $stackctl$")
    assert changed == f"ALTER ROLE {as_name} LOGIN PASSWORD {as_text}"
