"""Secrets as files: one value per file in `$STACKCTL_HOME/projects/<project>/secrets/`, mounted by Compose.

The folder is 0700 and the files are 0644. A container's user is not the owner (mongo is 999, grafana 472) and a 0600
file is unreadable to it, through the mount too; the folder keeps every other user of the host out.

A new value replaces the file by a rename. A container that mounts it keeps the old inode, and with it the old value,
until it is recreated. That is wanted: writing in place would hand clients a password that the server does not know yet,
and a crash in the middle would leave half of one. `up` recreates the services whose secret changed, because Compose
itself does not notice.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from stackctl.env.directives import SECRET_NAME
from stackctl.errors import ConfigError
from stackctl.secrets.past import PastValues
from stackctl.workspace.files import PRIVATE_DIR, Files, unreadable

READABLE_FILE = 0o644


class FileSecretStore:
    """The secrets of one project. Implements `env.secret_store.SecretStore`."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.folder = folder
        self.past = PastValues(folder.with_name("past"), files)
        self._files = files

    def names(self) -> list[str]:
        """Give the sorted names of the secrets there are. Raises ConfigError where the folder cannot be trusted."""
        self._check_folder()
        return [name for name in self._files.names(self.folder) if SECRET_NAME.fullmatch(name)]

    def get(self, name: str) -> str | None:
        """Give a value, or None. One line end at the end is dropped: a value written by hand has it, and readers do.

        Raises ConfigError for a wrong name, a symbolic link, and content that is not UTF-8 text.
        """
        path = self._path(name)
        data = self._files.read(path)
        if data is None:
            return None
        try:
            return data.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not UTF-8 text", "set the secret again") from None

    def put(self, name: str, value: str) -> None:
        """Keep a value; the one before it goes to the past first. The folders that are missing are made, 0700 each.

        Raises ConfigError for a wrong name and for a value that its readers would change: an empty one, one that
        starts or ends with a blank (pydantic and the images' entrypoints strip it), one with a NUL.
        """
        path = self._path(name)
        if not value or value != value.strip() or "\x00" in value:
            raise ConfigError(
                f"the value for {name} is empty, starts or ends with a blank, or holds a NUL",
                "containers would read another value; remove the blanks",
            )
        try:
            data = value.encode()
        except UnicodeEncodeError:
            raise ConfigError(f"the value for {name} is not Unicode text", "give it as UTF-8") from None
        self._files.make_dir(self.folder, PRIVATE_DIR)
        self._keep_past(name, value)
        self._files.write(path, data, READABLE_FILE)

    def leave_empty(self, name: str) -> None:
        """Make an empty file where there is none: Compose refuses to mount one that is missing, and empty is no value.

        Raises ConfigError for a wrong name.
        """
        path = self._path(name)
        if self._files.read(path) is None:
            self._files.make_dir(self.folder, PRIVATE_DIR)
            self._files.write(path, b"", READABLE_FILE)

    def remove(self, name: str, *, forget: bool = False) -> None:
        """Remove a secret; one that is not there is fine. Its value goes to the past, or, to `forget`, is gone.

        Raises ConfigError for a wrong name.
        """
        path = self._path(name)
        if forget:
            self.past.forget(name)
        else:
            self._keep_past(name, "")
        self._files.remove(path)

    def _keep_past(self, name: str, new: str) -> None:
        try:
            old = self.get(name)
        except ConfigError:
            return  # what is no text was never a value that we gave
        if old and old != new:
            self.past.keep(name, old)

    def _path(self, name: str) -> Path:
        if not SECRET_NAME.fullmatch(name):
            raise ConfigError(
                f"“{name}” cannot be a secret's name", "use a-z, 0-9, _, . and -, a letter or digit first"
            )
        self._check_folder()
        path = self.folder / name
        if path.is_symlink():
            raise ConfigError(f"{path} is a symbolic link", "replace the link by a plain file")
        return path

    def _check_folder(self) -> None:
        """Refuse a folder that others can enter: with files of 0644 the folder is all that stands before the values."""
        try:
            facts = self.folder.lstat()
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreadable(self.folder, error) from error
        if stat.S_ISLNK(facts.st_mode):
            raise ConfigError(f"{self.folder} is a symbolic link", "replace the link by a plain folder")
        if not stat.S_ISDIR(facts.st_mode):
            raise ConfigError(f"{self.folder} is not a folder", f"remove or rename {self.folder}")
        if facts.st_uid != os.geteuid():
            raise ConfigError(f"{self.folder} belongs to another user", f"run: sudo chown -R $(id -u) {self.folder}")
        if facts.st_mode & 0o077:
            raise ConfigError(f"other users can read {self.folder}", f"run: chmod 700 {self.folder}")
