"""PostgreSQL: the whole cluster as it lies, copied while it is stopped; a running server's files are not one state."""

from __future__ import annotations

from stackctl.services.saving import postgres_login
from stackctl.services.saving.base import Helper, Subject, Trial
from stackctl.services.saving.volume import READ, VolumeSaver

# The cluster may lie in a folder of the volume: PGDATA says where, and the official image's own place is one since 18.
_LOOK = r"""set -eu
cd /store
found=$(find . -maxdepth 3 -name PG_VERSION ! -path '*/base/*' | head -n 1)
[ -n "$found" ] || { echo '{}'; exit 0; }
folder=${found%/PG_VERSION}
printf '{"version":"%s","folder":"%s"}\n' "$(head -n 1 "$found")" "${folder#./}"
"""
_READY = "pg_isready -q -h 127.0.0.1\necho '{}'\n"


class PostgresSaver(VolumeSaver):
    """Every file of the cluster but the lock of a running server."""

    kind = "postgres"
    stop = True
    exclude = ("postmaster.pid",)

    def look(self, subject: Subject) -> Helper:
        """See Saver.look: the version of the files, and where they are."""
        return Helper(_LOOK, store="ro", capabilities=READ)

    def trial(self, subject: Subject, image: str) -> Trial | None:
        """See Saver.trial: a server comes up over the files and takes connections."""
        if not subject.state.get("version"):
            return None
        folder = str(subject.state.get("folder") or ".").removeprefix(".")
        data = "/".join(filter(None, (subject.target.rstrip("/"), folder)))
        ready = Helper(f"set -eu\n{_READY}", image="service", network=True)
        return Trial(ready, ready, variables={"PGDATA": data}, root=True)

    def login_line(self, password: str) -> bytes:
        """Give the first line of a helper's input."""
        return password.encode() + b"\n"

    def own_login(self, subject: Subject) -> Helper:
        """See Saver.own_login: the cluster brings the passwords of the day it was saved."""
        target, data = subject.target.rstrip("/"), subject.variables.get("PGDATA", "").rstrip("/")
        return postgres_login.set_again(data.removeprefix(f"{target}/") if data.startswith(f"{target}/") else "")

    def enter(self, subject: Subject) -> Helper:
        """See Saver.enter."""
        return postgres_login.enter(subject)

    def users(self, *, local: bool) -> str:
        """See Saver.users."""
        return "in the set; a restore sets the password of the target's own user again"
