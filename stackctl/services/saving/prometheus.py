"""Prometheus: its own snapshot where the admin API is on, else its files while it is stopped."""

from __future__ import annotations

from collections.abc import Sequence

from stackctl.services.saving import swap
from stackctl.services.saving.base import Consistency, Counts, Helper, Proof, Subject, Trial
from stackctl.services.saving.http import answering, asking
from stackctl.services.saving.volume import VolumeSaver, archive, said_counts

SERVER = "http://127.0.0.1:9090"
# What moves the API to another address or behind a login: then nobody here knows how to ask.
_ELSEWHERE = ("--web.listen-address", "--web.route-prefix", "--web.external-url", "--web.config.file")
NOTE = ".stackctl-snapshot"

# The blocks as their own descriptions have them; the head's samples are in its log and in no count.
_COUNTS = """
import glob, json, os, sys

def counted(folder):
    found = {"blocks": 0, "samples": 0, "wal_bytes": 0}
    for path in glob.glob(os.path.join(glob.escape(folder), "*", "meta.json")):
        with open(path) as stream:
            found["samples"] += json.load(stream)["stats"].get("numSamples", 0)
        found["blocks"] += 1
    for path in glob.glob(os.path.join(glob.escape(folder), "wal", "0*")):
        found["wal_bytes"] += os.path.getsize(path)
    print("save-counts", json.dumps(found), file=sys.stderr, flush=True)
    return found
"""
_VERSION = f"""
try:
    print(json.dumps({{"version": get("{SERVER}/api/v1/status/buildinfo")["data"]["version"]}}))
except SystemExit:
    print("{{}}")
"""
# A snapshot stays in the volume until somebody removes it, and its links keep old blocks on the disk: so it is noted
# before it is asked for, and what a killed run left goes first. Prometheus names it by the second in which it began.
_SNAPSHOT = f"""
import shutil, subprocess, time
from datetime import datetime, timezone
os.chdir("/store")

def listed():
    return os.listdir("snapshots") if os.path.isdir("snapshots") else []

def began(name):
    try:
        return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return 0

def tidy():
    try:
        with open("{NOTE}") as stream:
            note = json.load(stream)
    except (OSError, ValueError):
        return
    for name in listed():
        if name not in note["before"] and note["at"] - 2 <= began(name) <= note["at"] + 60:
            shutil.rmtree(os.path.join("snapshots", name))
    os.remove("{NOTE}")

tidy()
with open("{NOTE}", "w") as stream:
    json.dump({{"before": listed(), "at": time.time()}}, stream)
    stream.flush()
    os.fsync(stream.fileno())
try:
    series = [line for line in get("{SERVER}/metrics").splitlines() if line.startswith("prometheus_tsdb_head_series ")]
    # With the head: on a server of less than two hours everything is there.
    name = get("{SERVER}/api/v1/admin/tsdb/snapshot", method="POST", seconds=600)["data"]["name"]
    folder = os.path.join("/store/snapshots", os.path.basename(name))
    found = counted(folder)
    if not found["blocks"] and series and float(series[0].split()[1]) > 0:
        sys.exit("error: the snapshot is empty, and the server has series")
    root = os.stat("/store")
    os.chown(folder, root.st_uid, root.st_gid)
    os.chmod(folder, root.st_mode & 0o7777)
    code = subprocess.run(["sh", "-c", {archive("$0")!r}, folder]).returncode
finally:
    tidy()
sys.exit(code)
"""
_SAYS = f"""
import time
found = {{}}
for line in get("{SERVER}/metrics").splitlines():
    name, _space, value = line.rpartition(" ")
    if name.startswith("prometheus_tsdb_"):
        found[name] = float(value)
if found.get("prometheus_tsdb_wal_corruptions_total"):
    sys.exit("error: its log is damaged")
# Every sample there is: a chunk that cannot be read fails the query. Name by name: counting takes the name off, and
# two metrics with the same labels would be one.
seconds = max(7200, int(time.time() - found.get("prometheus_tsdb_lowest_timestamp", 0) / 1000) + 7200)
readable = 0
for name in get("{SERVER}/api/v1/label/__name__/values")["data"]:
    query = "sum(count_over_time({{__name__=%s}}[%ds]))" % (json.dumps(name), seconds)
    for row in get("{SERVER}/api/v1/query", seconds=3600, query=query)["data"]["result"]:
        readable += int(float(row["value"][1]))
print(json.dumps({{"blocks": int(found["prometheus_tsdb_blocks_loaded"]), "readable": readable}}))
"""


def kind_for(words: Sequence[str]) -> str:
    """Give the kind in which a running server is saved, by the words of its command."""
    names = {word.partition("=")[0] for word in words}
    on = any(word in ("--web.enable-admin-api", "--web.enable-admin-api=true") for word in words)
    return "prometheus-snapshot" if on and not names & set(_ELSEWHERE) else "prometheus"


class PrometheusSaver(VolumeSaver):
    """Blocks, head and log as they lie, while it is stopped."""

    kind = "prometheus"
    stop = True
    why = "its snapshot API is off, so it is stopped and its files are copied"
    exclude = ("lock", "queries.active", NOTE)

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump."""
        plain = super().dump(subject)
        return Helper(
            f"python3 - <<'SAVE_END'\n{_COUNTS}counted('/store')\nSAVE_END\n{plain.script}",
            store="ro",
            capabilities=plain.capabilities,
        )

    def trial(self, subject: Subject, image: str) -> Trial:
        """See Saver.trial: it reads its log again, has every block, and every sample can be read."""
        words = (
            "--config.file=/dev/null",  # asks nobody for metrics
            f"--storage.tsdb.path={subject.target}",
            "--storage.tsdb.retention.time=100y",  # what has become too old meanwhile is counted too
            "--web.listen-address=127.0.0.1:9090",
            "--query.timeout=1h",
        )
        return Trial(answering(f"{SERVER}/-/ready"), asking(_SAYS), words, root=True)

    def differences(self, wanted: Counts, found: Counts) -> list[str]:
        """See Saver.differences. Of the samples only that there are some: marks of an end are counted and not read."""
        wrong = super().differences(wanted, found)
        had = wanted.get("samples", 0) + wanted.get("wal_bytes", 0)
        return [*wrong, "no sample can be read"] if had and found.get("readable") == 0 else wrong


class PrometheusSnapshotSaver(PrometheusSaver):
    """What the running server's snapshot API gives: every block, and the head as one more."""

    kind = "prometheus-snapshot"
    online = True
    stop = False
    tool = "snapshot API"
    why = ""

    def look(self, subject: Subject) -> Helper:
        """See Saver.look."""
        return asking(_VERSION)

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump."""
        asked = asking(_COUNTS + _SNAPSHOT)
        return Helper(asked.script, program="python3", network=True, store="rw", capabilities=swap.WRITE)

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """See Saver.judge."""
        return super().judge(subject, proof, said) if said_counts(said) else ["its blocks were not counted"]

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """See Saver.consistency."""
        return "point-in-time"
