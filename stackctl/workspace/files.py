"""The door to the file system: atomic writes, private modes, digests.

`Files` is what the rooms ask for; `DiskFiles` is the real one. Tests pass a `DiskFiles` on a temporary folder, or their
own. A write either leaves the old content or the new one, never a half: temporary file, fsync, rename, fsync of the
folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from stackctl.errors import ConfigError
from stackctl.workspace.temporary import filled, sweep

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700


@dataclass(frozen=True)
class PathFacts:
    """What is at a path, links not followed: its kind, its permission bits, and whether it belongs to this user."""

    kind: Literal["file", "directory", "link", "other"]
    mode: int
    mine: bool


class Files(Protocol):
    """What the rooms need of a file system."""

    def look(self, path: Path) -> PathFacts | None:
        """Give what is at a path, or None where nothing is. Raises ConfigError where that cannot be told."""
        ...

    def create(self, path: Path, data: bytes, mode: int = PRIVATE_FILE) -> bool:
        """Make the file at once, unless something is there: then give False and change nothing. Raises ConfigError."""
        ...

    def read(self, path: Path) -> bytes | None:
        """Give the content, or None where there is no such file. Raises ConfigError where it cannot be read."""
        ...

    def write(self, path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
        """Replace the file at once. Raises ConfigError, with the old content intact."""
        ...

    def make_dir(self, path: Path, mode: int = PRIVATE_DIR) -> None:
        """Make the folder and its parents; a new folder gets the mode, an existing one keeps its own."""
        ...

    def names(self, path: Path) -> list[str]:
        """Give the sorted names in a folder, nothing where there is no such folder."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file; a missing one is fine. Raises ConfigError where it cannot be removed."""
        ...

    def remove_tree(self, path: Path) -> None:
        """Remove a folder with all that is in it, or a file; links are not followed, a missing one is fine.

        Raises ConfigError where something of it cannot be removed.
        """
        ...

    def sweep(self, path: Path) -> None:
        """Remove what writers that were killed left in a folder; every write into it does so too."""
        ...


class DiskFiles:
    """The real file system."""

    def look(self, path: Path) -> PathFacts | None:
        """See Files.look."""
        try:
            facts = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        return PathFacts(_kind(facts.st_mode), stat.S_IMODE(facts.st_mode), facts.st_uid == os.geteuid())

    def create(self, path: Path, data: bytes, mode: int = PRIVATE_FILE) -> bool:
        """See Files.create. A link, unlike a rename, never replaces what is there."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent)
            with filled(path, data, mode) as temporary:
                try:
                    os.link(temporary, path)
                except FileExistsError:
                    return False
            _sync_dir(path.parent)
        except OSError as error:
            raise unwritable(path, error) from error
        return True

    def read(self, path: Path) -> bytes | None:
        """See Files.read."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except IsADirectoryError as error:
            raise ConfigError(f"{path} is a directory, not a file", f"remove or rename {path}") from error
        except OSError as error:
            raise unreadable(path, error) from error

    def write(self, path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
        """See Files.write. Refuses a symbolic link and a file of another user: both can point writes elsewhere."""
        self._refuse_foreign(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent)
            with filled(path, data, mode) as temporary:
                temporary.replace(path)
            _sync_dir(path.parent)
        except OSError as error:
            raise unwritable(path, error) from error

    def make_dir(self, path: Path, mode: int = PRIVATE_DIR) -> None:
        """See Files.make_dir."""
        try:
            missing = [folder for folder in (path, *path.parents) if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir(mode=mode, exist_ok=True)
                folder.chmod(mode)  # mkdir's own mode is cut by the umask
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be made: {error.strerror}", "check the parent folder's owner and mode"
            ) from error

    def names(self, path: Path) -> list[str]:
        """See Files.names."""
        try:
            return sorted(entry.name for entry in path.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise unreadable(path, error) from error

    def remove(self, path: Path) -> None:
        """See Files.remove."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be removed: {error.strerror}", "check the folder's owner and mode"
            ) from error

    def remove_tree(self, path: Path) -> None:
        """See Files.remove_tree."""
        import shutil

        if path.is_symlink() or not path.is_dir():
            self.remove(path)
            return
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be removed: {error.strerror}", "check the folder's owner and mode"
            ) from error

    def sweep(self, path: Path) -> None:
        """See Files.sweep."""
        sweep(path)

    def _refuse_foreign(self, path: Path) -> None:
        try:
            facts = path.lstat()
        except OSError:
            return
        if stat.S_ISLNK(facts.st_mode):
            raise ConfigError(f"{path} is a symbolic link", "replace the link by a plain file")
        if facts.st_uid != os.geteuid():
            raise ConfigError(f"{path} belongs to another user", f"run: sudo chown $(id -u) {path}")


def unreadable(path: Path, error: OSError) -> ConfigError:
    """Turn an operating system error into the sentence for a file that is there and cannot be read."""
    return ConfigError(f"{path} cannot be read: {error.strerror}", f"check its owner and mode: ls -l {path}")


def unwritable(path: Path, error: OSError) -> ConfigError:
    """Turn an operating system error into the sentence for a file that cannot be written."""
    return ConfigError(f"{path} cannot be written: {error.strerror}", "check the folder's owner, mode and free space")


def refuse_endless(path: Path) -> None:
    """Raise ConfigError for what may never end when it is read: a pipe, a socket, a device; `/dev/null` is fine."""
    try:
        facts = path.stat()
    except OSError:
        return
    regular = stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)
    if not regular and not (stat.S_ISCHR(facts.st_mode) and path.samefile(os.devnull)):
        raise ConfigError(
            f"{path} is a pipe or a device, not a file", f"remove or rename {path}", code="env-not-a-file"
        )


def read_at_most(path: Path, most: int) -> bytes:
    """Give the content of a file that somebody has sent, at most so many bytes.

    Raises ConfigError for one that is missing, no plain file, cannot be read, or is larger.
    """
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise ConfigError(f"{path} is no plain file", "name a file", code="not-a-file")
        if facts.st_size > most:
            raise ConfigError(
                f"{path} is larger than {most // 1024**2} MiB", "it cannot be what it should be", code="too-large"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist", "correct the path", code="no-file") from error
    except OSError as error:
        raise unreadable(path, error) from error


def digest_file(path: Path) -> str:
    """Give the SHA-256 of a file's content as hex. Raises ConfigError where it cannot be read."""
    import hashlib

    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def walk_files(root: Path) -> Iterator[Path]:
    """Give every file and link below a folder in a stable order; folders that cannot be read are passed over."""
    for folder, names, files in os.walk(root):
        names.sort()
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        for name in sorted(files + links):
            yield Path(folder) / name


def _kind(mode: int) -> Literal["file", "directory", "link", "other"]:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISREG(mode):
        return "file"
    return "directory" if stat.S_ISDIR(mode) else "other"


def _sync_dir(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
