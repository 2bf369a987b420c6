"""Saving, checking and restoring large stores, against the pipelines that a person would type."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.lab import STACKCTL
from tests.bench.measure import Ratio, Run, compare, must
from tests.memory import peak_memory

VOLUME_MIB = 1500
DOCUMENTS = 300_000  # of about 1.4 kB: 400 MiB, so that the fixed part, which has a row of its own, is small beside it
MOST_RSS = 150.0
FIXED_SECONDS = 2.0

# It compresses three to one, as the documents of a database do. What is compressed already, zstd only copies: there a
# check takes as long as SHA-256 does, which is half again as long as `zstd -t`.
FILL_VOLUME = f"""
import random
chance = random.Random(7)
words = [bytes(chance.randrange(97, 123) for _ in range(chance.randrange(3, 9))) for _ in range(3000)]
for number in range({VOLUME_MIB} // 20):
    with open(f"/srv/{{number}}", "wb") as stream:
        for _ in range(20):
            stream.write(b" ".join(chance.choices(words, k=1 << 18))[: 1 << 20])
"""
FILL_MONGO = """
db = connect("mongodb://127.0.0.1/bench");
const words = Array.from({length: 3000}, (_, k) => "w" + (k * 7919 % 100003).toString(36));
let seed = 1;
const next = () => (seed = (seed * 48271) % 2147483647);
for (let start = 0; start < COUNT; start += 1000) {
  db.items.insertMany(Array.from({length: 1000}, (_, k) => ({
    n: start + k, at: new Date(1700000000000 + k), tags: [next() % 50, next() % 50], price: next() / 1000,
    text: Array.from({length: 200}, () => words[next() % 3000]).join(" "),
  })));
}
""".replace("COUNT", str(DOCUMENTS))
COMPOSE = """
services:
  db: {image: stackctl/mongodb:local, volumes: [dbdata:/data/db]}
  files: {image: stackctl/tools:local, command: [sleep, infinity], init: true, volumes: [filedata:/srv]}
  little: {image: stackctl/tools:local, command: [sleep, infinity], init: true, volumes: [littledata:/srv]}
volumes: {dbdata: , filedata: , littledata: }
"""
_TAR = "docker run --rm --network none -v {volume}:/v:ro --entrypoint tar stackctl/tools:local -cf - -C /v ."
_UNTAR = "docker run --rm -i --network none -v {volume}:/v --entrypoint tar stackctl/tools:local -xf - -C /v"


# Runs of a minute meet every busy moment of a machine: the best of a few says more than the middle one.
_best = partial(compare, of=min)


@dataclass(frozen=True)
class Bench:
    """The project with its filled stores, and a folder for what the raw pipelines write."""

    program: str
    folder: Path
    env: dict[str, str]
    runs: int

    @property
    def name(self) -> str:
        """Give the project."""
        return self.folder.name

    @property
    def sets(self) -> Path:
        """Give the folder of the sets."""
        return Path(self.env["STACKCTL_HOME"]) / "projects" / self.name / "backups"

    def container(self, service: str) -> str:
        """Give the id of a service's container."""
        words = ("docker", "compose", "ps", "-q", service)
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def ours(self, *words: str, before: Callable[[], None] = lambda: None) -> Run:
        """Give a stackctl command."""
        return Run((self.program, *words), self.folder, self.env, before)

    def raw(self, line: str, before: Callable[[], None] = lambda: None) -> Run:
        """Give a pipeline that fails where any part of it does."""
        return Run(("bash", "-o", "pipefail", "-c", line), self.folder, self.env, before)

    def newest(self) -> Path:
        """Give the folder of the last set."""
        return max(self.sets.iterdir())

    def clear(self) -> None:
        """Remove all sets: the disk is small, and a full one would be measured."""
        shutil.rmtree(self.sets, ignore_errors=True)


def backups(make: Callable[[str], object], folder: Path, env: dict[str, str], runs: int) -> list[Ratio]:
    """Measure backup, restore and check; `make` writes the project's Compose file."""
    bench = Bench(STACKCTL, folder, env, runs)
    make(COMPOSE)
    must((STACKCTL, "up"), folder, env)
    try:
        must(("docker", "exec", bench.container("files"), "python3", "-c", FILL_VOLUME), folder, env)
        shell = ("docker", "exec", "-e", "HOME=/tmp", bench.container("db"), "mongosh", "--quiet", "--nodb")
        must((*shell, "--eval", FILL_MONGO), folder, env)
        return [*_volume(bench), *_mongo(bench), *_small(bench)]
    finally:
        _end_pipelines(bench)


def _end_pipelines(bench: Bench) -> None:
    """End what has the volumes open beside the services: Ctrl-C ends a pipeline's shell here, and not its container."""
    opened = [word for name in ("db", "file", "little") for word in ("--filter", f"volume={bench.name}_{name}data")]
    ours = ("--filter", f"label=com.docker.compose.project={bench.name}")
    left = _containers(*opened) - _containers(*ours)
    if left:
        must(("docker", "rm", "-f", *left), bench.folder, bench.env)


def _containers(*filters: str) -> set[str]:
    words = ("docker", "ps", "-aq", *filters)
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


def _volume(bench: Bench) -> list[Ratio]:
    tar = _TAR.format(volume=f"{bench.name}_filedata")
    out = bench.folder / "raw.zst"
    theirs = bench.raw(f"{tar} | zstd -q -3 -T0 -f -o {out} && sync {out}")
    save = bench.ours("backup", "files", "--verify", "quick", before=bench.clear)
    results = [_best("backup, 1 GiB volume / tar | zstd -3 -T0", save, theirs, 1 / 0.9, bench.runs)]
    results.append(_memory(bench, "backup: memory / 150 MiB", "backup", "files", "--verify", "quick"))
    file = bench.newest() / "files.filedata.tar.zst"
    check = bench.ours("backups", "verify", "--level", "full", bench.newest().name)
    results.append(_best("backups verify full / zstd -t", check, bench.raw(f"zstd -qt {file}"), 1 / 0.8, bench.runs))
    untar = _UNTAR.format(volume=f"{bench.name}_filedata")

    # What a person would do: stop, empty, unpack, start.
    line = (
        f"docker compose stop -t 1 files && docker run --rm -v {bench.name}_filedata:/v --entrypoint sh"
        f" stackctl/tools:local -c 'rm -rf /v/*' && zstd -qdc {file} | {untar} && docker compose start files"
    )
    restore = bench.ours("restore", bench.newest().name, "files", "--yes", "--no-safety-copy")
    results.append(_best("restore, 1 GiB volume / zstd -d | tar", restore, bench.raw(line), 1 / 0.9, bench.runs))
    out.unlink()
    bench.clear()
    return results


def _mongo(bench: Bench) -> list[Ratio]:
    dump = f"docker exec {bench.container('db')} mongodump --quiet --archive"
    out = bench.folder / "raw.zst"
    plain = bench.raw(f"{dump} | zstd -q -3 -T0 -f -o {out} && sync {out}")
    save = bench.ours("backup", "db", "--verify", "quick", before=bench.clear)
    sealed = bench.ours("backup", "db", "--verify", "quick", "-r", _recipient(), before=bench.clear)
    results = [
        _best("backup, 400 MiB MongoDB / mongodump | zstd -3 -T0", save, plain, 1 / 0.9, bench.runs),
        _best("backup, encrypted / mongodump | zstd -3 -T0", sealed, plain, 1 / 0.85, bench.runs),
    ]
    bench.clear()
    must(save.argv, bench.folder, bench.env)
    load = f"docker exec -i {bench.container('db')} mongorestore --quiet --archive --drop --stopOnError"
    raw = bench.raw(f"zstd -qdc {bench.newest() / 'db.archive.zst'} | {load} --nsExclude 'admin.*'")
    restore = bench.ours("restore", bench.newest().name, "db", "--yes", "--no-safety-copy")
    results.append(_best("restore, 400 MiB MongoDB / zstd -d | mongorestore", restore, raw, 1 / 0.9, bench.runs))
    out.unlink()
    bench.clear()
    return results


def _small(bench: Bench) -> list[Ratio]:
    """The fixed part: a store with nothing in it, whose raw pipeline is a container's start."""
    tar = _TAR.format(volume=f"{bench.name}_littledata")
    theirs = bench.raw(f"{tar} | zstd -q -3 -f -o {bench.folder / 'raw.zst'}")
    ours = _best("", bench.ours("backup", "little", before=bench.clear), theirs, 1.0, bench.runs)
    fixed = Ratio(
        "backup: fixed overhead of one service / 2 s", ours.ours - ours.theirs, FIXED_SECONDS, 1.0, bench.runs
    )
    return [fixed]


def _memory(bench: Bench, name: str, *words: str) -> Ratio:
    """Give the largest memory of one process of a run, docker's own client among them, as a part of 150 MiB."""
    with subprocess.Popen(
        (bench.program, *words), cwd=bench.folder, env={**os.environ, **bench.env}, stdout=subprocess.DEVNULL
    ) as process:
        most = peak_memory(process)
    return Ratio(name, most / 1024, MOST_RSS, 1.0, 1, "MiB")


def _recipient() -> str:
    from stackctl.secrets.age import new_identity

    return new_identity()[1]
