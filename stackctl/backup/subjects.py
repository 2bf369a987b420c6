"""What there is to save: for each service how, and what stops for it. Decides, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.backup.manifest import Skipped
from stackctl.errors import BackupFailed, Misuse
from stackctl.services.registry import driver_for
from stackctl.services.saving.registry import has_own, kind_for, saver_for
from stackctl.stack.model import built_name
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.scene import Scene
    from stackctl.services.base import Driver
    from stackctl.services.saving.base import Saver
    from stackctl.stack.model import Service


@dataclass(frozen=True)
class Store:
    """Where data lies: the volume's key in the model (empty for others), its name or host path, the container path."""

    key: str
    source: str
    target: str


@dataclass(frozen=True)
class Item:
    """One payload to make.

    `container` is the running one that is asked, or any one of the service; None where it has none. `users` are the
    running containers that have the store open, `why` a reason worth telling.
    """

    service: str
    driver: Driver
    saver: Saver
    image: str
    container: Container | None
    store: Store | None
    users: tuple[Container, ...]
    file: str
    why: str = ""

    @property
    def asks(self) -> bool:
        """Say whether the running server is asked, rather than its files copied."""
        return bool(self.saver.online)


def items_of(
    scene: Scene, asked: Sequence[str], volumes: Sequence[str], envs: Sequence[str] = ()
) -> tuple[list[Item], list[Skipped]]:
    """Give what to save of these services, of all for none. `volumes` are the names there are.

    Raises Misuse for a name that is no service, and for a named one that has nothing to save.
    """
    check_services(tuple(asked), list(scene.stack.services), list(envs))
    items: list[Item] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    # Drivers first, jobs last: a volume that several mount belongs to the one that knows what is in it.
    names = sorted(scene.stack.services, key=lambda name: _rank(scene, name))
    for name in names:
        if asked and name not in asked:
            continue
        found, reason = _of(scene, scene.stack.services[name], volumes, taken)
        items += found
        if not found and (reason or asked):
            skipped.append(Skipped(name, reason or "it has no volume"))
    if asked and not items:
        idle = [name for name in asked if _must_run(scene, scene.stack.services[name])]
        if idle:
            raise BackupFailed(
                f"{', '.join(idle)}: {_IDLE}; no set was made",
                # `up` takes one that ended well for a job that is done; `restart` starts it.
                f"start it first: stackctl {'restart' if scene.of(idle[0]) else 'up'} {idle[0]}",
                code="not-running",
            )
        raise Misuse(
            f"there is nothing to save: {'; '.join(f'{item.service}: {item.reason}' for item in skipped)}",
            "see what has data: docker compose config --volumes",
            code="nothing-to-save",
        )
    return items, skipped


def driver_of(scene: Scene, service: Service) -> Driver:
    """Give the driver of a service, by its label or its image; a running container's image counts before the file's."""
    containers = scene.of(service.name)
    by_file = driver_for(built_name(scene.stack, service), service.labels)
    if by_file.name == "generic" and containers:
        return driver_for(containers[0].image, service.labels)
    return by_file


def _rank(scene: Scene, name: str) -> tuple[bool, bool, str]:
    service = scene.stack.services[name]
    return (scene.stack.job(name) == "yes", driver_of(scene, service).name == "generic", name)


def _of(scene: Scene, service: Service, volumes: Sequence[str], taken: set[str]) -> tuple[list[Item], str]:
    driver = driver_of(scene, service)
    containers = scene.of(service.name)
    running = [item for item in containers if item.state == "running"]
    stores = [item for item in stores_of(scene, service) if item.source not in taken]
    image = containers[0].image if containers else built_name(scene.stack, service)
    main = next((store for store in stores if store.target.rstrip("/") in driver.data), None)
    own: Saver | None = saver_for(kind_for(driver.name, _words(service))) if has_own(driver.name) else None
    if own is not None and own.online and running:
        if len(running) > 1:
            return [], f"{len(running)} containers of one database run; stop all but one"
        if main is None and not own.online_restore:  # what the server saves lies nowhere where a helper could read it
            return [], "it keeps its data in no volume"
        taken.update(store.source for store in stores)
        users = _users(scene, main) if main else ()
        file = f"{service.name}.{own.suffix}.zst"
        return [Item(service.name, driver, own, image, running[0], main, users, file)], ""
    why = ""
    if driver.data:
        stores = [main] if main else []
        state = containers[0].state if containers else "absent"
        why = f"it is {state}: its files are copied" if own and own.online else ""
    items = []
    for store in stores:
        if store.key and store.source not in volumes:
            continue  # declared, and never made
        taken.add(store.source)
        saver = _files_saver(driver)
        label = store.key or store.target.strip("/").replace("/", "-")
        file = f"{service.name}.{label}.{saver.suffix}.zst"
        container = next(iter([*running, *containers]), None)
        told = why or (saver.why if running else "")
        items.append(Item(service.name, driver, saver, image, container, store, _users(scene, store), file, told))
    if not items and not stores and _must_run(scene, service):
        return [], _IDLE
    return items, "" if items else _nothing(driver, stores)


_IDLE = "it does not run, and only then could it be saved: it keeps nothing in a volume"


def _must_run(scene: Scene, service: Service) -> bool:
    """Say whether a service does not run and has no files to copy, but could be asked for its data if it ran."""
    driver = driver_of(scene, service)
    own: Saver | None = saver_for(kind_for(driver.name, _words(service))) if has_own(driver.name) else None
    through_it = own is not None and own.online and own.online_restore
    idle = all(item.state != "running" for item in scene.of(service.name))
    return through_it and idle and not [store for store in stores_of(scene, service) if store.target in driver.data]


def _files_saver(driver: Driver) -> Saver:
    """Give how the files of a service are copied that is not asked."""
    own: Saver | None = saver_for(driver.name) if has_own(driver.name) else None
    plain: Saver = own if own is not None and not own.online else saver_for("volume")
    return plain


def _words(service: Service) -> list[str]:
    raw = [*(service.raw.get("entrypoint") or ()), *(service.raw.get("command") or ())]
    return [str(word) for word in raw]


def stores_of(scene: Scene, service: Service) -> list[Store]:
    """Give the named volumes of a service as the model has them, and the anonymous ones that its container has."""
    found = []
    for mount in service.mounts:
        if mount.kind == "volume" and mount.source and not mount.read_only:
            definition = scene.stack.volumes.get(mount.source)
            name = definition.name if definition else mount.source
            found.append(Store(mount.source, name, mount.target))
    known = {store.target for store in found} | {mount.target for mount in service.mounts if mount.kind == "tmpfs"}
    data = driver_of(scene, service).data
    for container in scene.of(service.name)[:1]:
        for mounted in container.mounts:
            # A folder of the host is its owner's to save, unless a driver knows that its data is there.
            wanted = mounted.kind == "volume" or mounted.target in data
            if wanted and mounted.target not in known and mounted.writable:
                found.append(Store("", mounted.source, mounted.target))
    return found


def _users(scene: Scene, store: Store) -> tuple[Container, ...]:
    return tuple(
        container
        for container in scene.containers
        if container.state in ("running", "restarting")
        and any(mount.source == store.source and mount.writable for mount in container.mounts)
    )


def _nothing(driver: Driver, stores: Sequence[Store]) -> str:
    if stores:
        return "its volume has not been made yet"
    return "it keeps nothing in a volume" if driver.name != "generic" else ""
