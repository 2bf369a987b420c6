"""Grafana: its SQLite database by SQLite's own backup, the files around it as a tar archive with it."""

from __future__ import annotations

import json
import re

from stackctl.services.saving import grafana_login
from stackctl.services.saving.base import SIDE, Consistency, Helper, Proof, Subject, Trial
from stackctl.services.saving.http import answering
from stackctl.services.saving.swap import WRITE
from stackctl.services.saving.volume import VolumeSaver

_TABLES = ("dashboard", "data_source", "user", "org")
_ROWS = f"""
import json, sqlite3
rows = {{}}
base = sqlite3.connect("/store/grafana.db", timeout=30)
there = {{row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}}
for name in {_TABLES}:
    if name in there:
        rows[name] = base.execute(f'SELECT count(*) FROM "{{name}}"').fetchone()[0]
print(json.dumps(rows))
"""  # noqa: S608 - the names of four tables, ours
# A plain copy of a live database is often corrupt (5 of 8 tries). The copy is made by the database's owner: files
# beside it that SQLite makes for a moment must not belong to root.
_DUMP = f"""
import json, os, sqlite3, sys, tarfile
os.chdir("/store")
own = ("grafana.db", "grafana.db-wal", "grafana.db-shm", "grafana.db-journal", "{SIDE}")
TABLES = {_TABLES}

class Out:
    size = 0
    def write(self, data):
        self.size += len(data)
        return sys.stdout.buffer.write(data)

def copied(end):
    facts = os.stat("grafana.db")
    os.setgroups([]); os.setgid(facts.st_gid); os.setuid(facts.st_uid)
    live, copy = sqlite3.connect("grafana.db", timeout=30), sqlite3.connect(":memory:")
    live.backup(copy, pages=-1)
    live.close()
    for check in ("integrity_check", "foreign_key_check"):
        wrong = [row for row in copy.execute(f"PRAGMA {{check}}") if row[0] != "ok"]
        if wrong and check == "integrity_check":
            sys.exit(f"its database fails the {{check}}: {{wrong[0]}}")
    there = {{row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}}
    rows = [(name, copy.execute(f'SELECT count(*) FROM "{{name}}"').fetchone()[0]) for name in TABLES if name in there]
    print("save-counts", json.dumps(dict(rows)), file=sys.stderr)
    with os.fdopen(end, "wb") as out:
        out.write(copy.serialize())

def plain(member):
    member.uname = member.gname = ""
    return None if member.name.removeprefix("./") in own else member

out = Out()
tar = tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT)
if os.path.exists("grafana.db"):
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            copied(write_end)
        except BaseException as error:
            print(f"error: {{error}}", file=sys.stderr)
            sys.stderr.flush()
            os._exit(1)
        sys.stderr.flush()
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as source:
        data = source.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("error: the database could not be copied")
tar.add(".", filter=plain)
if os.path.exists("grafana.db"):
    import io
    member = tar.gettarinfo("grafana.db", "./grafana.db")
    member.uname = member.gname = ""
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
tar.close()
sys.stdout.buffer.flush()
print("save-bytes", out.size, file=sys.stderr)
"""  # noqa: S608 - the names of four tables, ours


class GrafanaSaver(VolumeSaver):
    """Grafana with its own database; one that keeps it in a server has only files here."""

    kind = "grafana"
    tool = "SQLite backup API"

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump."""
        capabilities = ("DAC_READ_SEARCH", "SETUID", "SETGID")
        return Helper(_DUMP, program="python3", store="rw", capabilities=capabilities)

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """See Saver.judge."""
        total = re.search(r"^save-bytes (\d+)$", said, re.MULTILINE)
        got = int(proof.facts["stream_bytes"])
        if not total:
            return ["the end was not said"]
        # The archive is filled up to whole records after the count.
        return [] if int(total[1]) == got else [f"{total[1]} bytes were written and {got} arrived"]

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """See Saver.consistency: the backup API copies one moment."""
        return "point-in-time"

    def login_line(self, password: str) -> bytes:
        """Give the first line of a helper's input."""
        return json.dumps({"password": password}).encode() + b"\n"

    def trial(self, subject: Subject, image: str) -> Trial:
        """See Saver.trial: it brings its database up, and the rows are those that were saved."""
        quiet = {"GF_ANALYTICS_REPORTING_ENABLED": "false", "GF_ANALYTICS_CHECK_FOR_UPDATES": "false"}
        variables = {**quiet, "GF_PLUGINS_PREINSTALL_DISABLED": "true", "GF_PATHS_DATA": subject.target}
        rows = Helper(_ROWS, program="python3", store="rw", capabilities=WRITE)
        return Trial(answering("http://127.0.0.1:3000/api/health"), rows, variables=variables, root=True)

    def own_login(self, subject: Subject) -> Helper | None:
        """See Saver.own_login: the database brings the administrator of the day it was saved."""
        return grafana_login.set_again()

    def enter(self, subject: Subject) -> Helper | None:
        """See Saver.enter."""
        return grafana_login.enter(subject)

    def users(self, *, local: bool) -> str:
        """See Saver.users."""
        return "in the set; a restore sets the administrator of the target again"
