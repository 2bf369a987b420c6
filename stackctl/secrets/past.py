"""The values that a secret had before.

A replaced password is not yet harmless: a volume may still want it, a copy of it may stand in a commit. So what is
replaced or removed is kept beside the secrets, for `secrets show --previous` and for `secrets scan`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError
from stackctl.workspace.files import PRIVATE_DIR, PRIVATE_FILE

if TYPE_CHECKING:
    from stackctl.workspace.files import Files

MOST = 20


class PastValues:
    """The past values of one project's secrets: a file per name with a JSON list, the newest first."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.folder = folder
        self._files = files

    def names(self) -> list[str]:
        """Give the names that have a past."""
        return [name for name in self._files.names(self.folder) if not name.startswith(".")]

    def of(self, name: str) -> list[str]:
        """Give the past values of a secret, the newest first. Raises ConfigError for a damaged file."""
        data = self._files.read(self.folder / name)
        if data is None:
            return []
        try:
            values = json.loads(data)["values"]
            return [str(value) for value in values]
        except (ValueError, KeyError, TypeError) as error:
            path = self.folder / name
            raise ConfigError(f"{path} is damaged", f"it holds past values; without them: rm {path}") from error

    def keep(self, name: str, value: str) -> None:
        """Remember a value that is about to be replaced; the oldest of more than 20 is forgotten."""
        before = self.of(name)
        values = [value, *(other for other in before if other != value)][:MOST]
        if values != before:
            self._files.make_dir(self.folder, PRIVATE_DIR)
            self._files.write(self.folder / name, json.dumps({"values": values}).encode(), PRIVATE_FILE)

    def forget(self, name: str) -> None:
        """Forget the past of a secret."""
        self._files.remove(self.folder / name)
