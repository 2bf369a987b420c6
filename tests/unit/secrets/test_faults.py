"""Secrets and derived files when a writer is killed, cannot write, or is not alone: old or new, never half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import Surroundings
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.secrets.store import FileSecretStore
from stackctl.services.redis import acl_file
from stackctl.services.registry import derivers
from stackctl.workspace.files import DiskFiles

ROOT = Path(__file__).parents[3]
TEMPLATE = b"""\
# stackctl: generate=hex(32) file=redis_password
# @required @sensitive
REDIS_PASSWORD=

# stackctl: derive=redis-acl(redis_password) file=redis_acl
# @required @sensitive
REDIS_ACL=

# stackctl: derive=redis-uri(redis_password) file=redis_uri
# @required @sensitive
REDIS_URI=
"""
LENGTH = 20000  # more than one page: a plain write would be seen half done

# Given the folder: change the password again and again, and make what is derived from it, as a start does.
WRITER = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.unit.secrets.test_faults import LENGTH, fill
folder = Path(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number = (number + 1) % 10
    fill(folder, str(number) * LENGTH)
"""


def around(folder: Path) -> Surroundings:
    store = FileSecretStore(folder / "secrets", DiskFiles())
    return Surroundings(folder / "dev.env", str(store.folder), store, derivers())


def fill(folder: Path, password: str = "") -> None:
    here = around(folder)
    if password:
        here.store.put("redis_password", password)
    data = here.path.read_bytes() if here.path.exists() else None
    existing = None if data is None else parse(data, "dev.env")
    plan = plan_fill(merge([load(TEMPLATE, "base.env.template", "base")]), existing, here)
    apply_fill(plan, here, DiskFiles(), lambda _recipe: "0" * LENGTH)


def writer(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def whole(folder: Path) -> bool:
    """Every file is one that some write has finished."""
    store = around(folder).store
    password = store.get("redis_password") or ""
    assert len(password) == LENGTH
    assert len(set(password)) == 1, "half of one and half of another"
    known = {str(number) * LENGTH for number in range(10)}
    assert store.get("redis_acl") in {acl_file([value]) for value in known}
    assert (store.get("redis_uri") or "").split(":")[2].removesuffix("@redis") in known
    return store.get("redis_acl") == acl_file([password])


def test_a_killed_writer_leaves_whole_files_and_the_next_start_makes_them_agree(tmp_path: Path) -> None:
    fill(tmp_path, "0" * LENGTH)
    seed = random.Random(7)
    for _round in range(8):
        process = writer(tmp_path)
        time.sleep(seed.uniform(0.0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        whole(tmp_path)
        fill(tmp_path)
        assert whole(tmp_path), "the derived files are those of the password that is there"


def test_two_writers_at_once_leave_whole_files(tmp_path: Path) -> None:
    fill(tmp_path, "0" * LENGTH)
    processes = [writer(tmp_path), writer(tmp_path)]
    try:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            whole(tmp_path)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    fill(tmp_path)
    assert whole(tmp_path)


@pytest.mark.parametrize("limit", ["full", "read-only"])
def test_what_cannot_be_written_leaves_the_old_file_and_is_one_sentence(tmp_path: Path, limit: str) -> None:
    fill(tmp_path, "0" * LENGTH)
    target = tmp_path if limit == "full" else Path("/proc/stackctl-test")
    script = f"""
import resource, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from stackctl.errors import ConfigError
from tests.unit.secrets.test_faults import LENGTH, fill
if {limit == "full"!r}:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    fill(Path(sys.argv[1]), "1" * LENGTH)
except ConfigError as error:
    print(error.exit_code, error.message)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.stdout.startswith("3 "), done.stderr
    assert "cannot be" in done.stdout
    assert "1111" not in done.stdout
    assert around(tmp_path).store.get("redis_password") == "0" * LENGTH
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == [
        "redis_acl",
        "redis_password",
        "redis_uri",
    ]
