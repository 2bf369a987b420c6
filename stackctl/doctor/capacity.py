"""What the engine has to work with: disk, memory, cores, cgroups, storage driver, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.doctor.around import read_lines
from stackctl.doctor.check import Scene, Seen
from stackctl.doctor.ground import in_vm
from stackctl.doctor.space import CLEAN_UP, FULL_BYTES, LOW_BYTES, engine_free_bytes, gigabytes
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts

# The core stack with every service takes about 1 GB; builds need more for a while.
LITTLE_MEMORY = 2 * 10**9
LITTLE_LEFT = 500 * 10**6
LARGE_CACHE = 20 * 10**9
DU_SECONDS = 15.0

# The engine's own warnings (moby, daemon/info_unix.go) and what they mean for a stack's limits.
_LIMITS = {"no memory limit support": "memory", "no cpu cfs quota support": "CPU", "no pids limit support": "processes"}
_UNITS = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "b": 1.0}


def disk(scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the free space where the engine keeps everything."""
    free = engine_free_bytes(facts, scene.host)
    if free is None:
        where = "in a virtual machine" if facts.local else "on another machine"
        return Seen("skipped", f"the engine's disk is {where}: see docker system df")
    detail = f"{gigabytes(free)} free at {facts.root_dir}"
    if free >= LOW_BYTES:
        return Seen("ok", detail)
    return Seen("error" if free < FULL_BYTES else "warning", detail, CLEAN_UP)


def build_cache(scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the size of the build cache. `buildx du`, because `system df` measures every volume as well."""
    if not facts.buildx:
        return Seen("skipped", "there is no buildx")
    lines = read_lines(scene.engine, ("buildx", "du"), timeout=DU_SECONDS)
    totals = dict(line.split(":", 1) for line in lines if line.startswith(("Total:", "Reclaimable:")))
    size = size_of(totals.get("Total", "0B"))
    spare = size_of(totals.get("Reclaimable", "0B"))
    detail = f"{gigabytes(size)}, of which {gigabytes(spare)} can go" if spare else gigabytes(size)
    return Seen("warning", detail, "docker builder prune") if spare > LARGE_CACHE else Seen("ok", detail)


def memory(scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the engine's memory, and on this machine at what is left of it."""
    detail = f"{gigabytes(facts.memory)} for the engine"
    here = facts.local and not in_vm(facts)
    left = scene.host.available_memory() if here else None
    detail += f", {gigabytes(left)} available" if left is not None else ""
    if facts.memory and facts.memory < LITTLE_MEMORY:
        hint = "give the virtual machine more (Docker Desktop: Settings, Resources)" if in_vm(facts) else ""
        return Seen("warning", detail, hint or "start fewer services: stackctl up --without SERVICE")
    if left is not None and left < LITTLE_LEFT:
        return Seen("warning", detail, "close what takes it: ps -eo rss,pid,comm --sort -rss | head")
    return Seen("ok", detail)


def cores(_scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the number of cores."""
    if facts.cpus == 1:
        return Seen(
            "warning", "1 core: starts take long, and health checks may time out", "give the machine two or more"
        )
    return Seen("ok", f"{facts.cpus} cores")


def cgroups(scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the cgroup version, and at the limits that the engine says it cannot set."""
    try:
        text = "".join(read_lines(scene.engine, ("info", "--format", "{{json .Warnings}}")))
    except EngineError:
        text = ""
    missing = [name for warning, name in _LIMITS.items() if warning in text.lower()]
    if missing:
        hint = (
            "prod's limits do not act here; on Debian's kernel: cgroup_enable=memory on its command line, then reboot"
        )
        return Seen("warning", f"{facts.cgroup}, without limits for {', '.join(missing)}", hint)
    return Seen("ok", facts.cgroup)


def storage(_scene: Scene, facts: EngineFacts) -> Seen:
    """Look at the storage driver: vfs copies every layer of every container."""
    if facts.storage == "vfs":
        return Seen(
            "warning", "vfs: slow, and it copies every layer", "use overlay2: docs.docker.com/go/storage-driver"
        )
    return Seen("ok", facts.storage)


def rootless(_scene: Scene, facts: EngineFacts) -> Seen:
    """Say whether the engine runs without root."""
    if facts.rootless:
        return Seen("ok", "yes: host ports below 1024 need net.ipv4.ip_unprivileged_port_start")
    return Seen("ok", "no: the engine runs as root")


def size_of(text: str) -> int:
    """Give the bytes that a text like `1.544GB` means; 0 for what is none."""
    word = text.strip().lower()
    for unit, factor in _UNITS.items():
        if word.endswith(unit):
            try:
                return int(float(word.removesuffix(unit)) * factor)
            except ValueError:
                return 0
    return 0
