"""What Compose says of a project, and of what it would be with another overlay."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine.door import Compose
from stackctl.errors import Refused
from stackctl.stack.model import stack_from
from stackctl.workspace.compose_files import load, reach, stands_alone

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.onboard.sources import Sources
    from stackctl.stack.model import Stack


class Asked:
    """Compose's answers about one project; variables that are not set get a value, the same in every question."""

    def __init__(self, world: World, root: Path, sources: Sources) -> None:
        self._world = world
        self.root = root
        self.sources = sources
        self.directory = sources.loaded[0].parent if sources.loaded else root
        self._shell: dict[str, str] = {}
        loaded = self._compose(sources.loaded)
        # A clean clone has no `.env` yet, and Compose refuses `${X:?}` without one. A number is a port, too.
        self._shell = dict.fromkeys(world.engine.missing_variables(loaded), "1")
        self.before: Mapping[str, Any] = self.model(sources.loaded)
        self.stack: Stack = stack_from(self.before)

    def model(self, paths: Sequence[Path]) -> Mapping[str, Any]:
        """Give the merged model of these files, all profiles on. Raises ConfigError."""
        return self._world.engine.config(self._compose(paths))

    def with_overlay(self, text: str) -> Mapping[str, Any]:
        """Give the model of the base and a text that is no file yet. Raises Refused where it would be used alone."""
        with tempfile.TemporaryDirectory(prefix="stackctl-") as folder:
            # What it extends or includes is found from the project's folder, wherever the overlay itself lies.
            overlay = Path(folder) / "overlay.yaml"
            self._world.files.write(overlay, text.encode())
            if stands_alone(load(overlay), *(load(path) for path in self.sources.base)):
                raise other_model(["the override file is complete by itself, and such an overlay is used alone"])
            return self.model([*self.sources.base, overlay])

    def _compose(self, paths: Sequence[Path]) -> Compose:
        words = ["--project-directory", str(self.directory), "--profile", "*"]
        if self.directory != self.root and (self.root / ".env").is_file():
            words += ["--env-file", str(self.root / ".env")]
        for path in paths:
            words += ["-f", str(path)]
        names = reach([*paths, self.root / ".env"])[0]
        shell = {name: text for name, text in self._world.shell.items() if name in names}
        return Compose("", tuple(words), self.directory, {**self._shell, **shell})


def other_model(where: Sequence[str]) -> Refused:
    """Give the refusal of an environment that would be another model; `where` are the places."""
    return Refused(
        f"the environment dev would not be what Compose loads now: {'; '.join(where[:3])}",
        "nothing was written; go on without environments: stackctl up works as it is",
        code="not-adoptable",
    )
