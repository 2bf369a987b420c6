"""Build, pull, down and restart through python-on-whales, imported only then (it takes 250 ms).

Its exceptions repeat the whole command and its types are its own: neither leaves this file. It hands all of
`os.environ` to Docker, so the environment is narrowed around each call.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from python_on_whales import DockerClient

    from stackctl.engine.door import Recipe

_narrowing = threading.Lock()


class WhalesFailed(Exception):
    """A command failed; `text` is what it printed on its error output."""

    def __init__(self, text: str) -> None:
        super().__init__("a docker command failed")
        self.text = text


def build_image(recipe: Recipe, env: Mapping[str, str], on_line: Callable[[str], None]) -> None:
    """Build a recipe folder into its tag. Raises WhalesFailed."""
    with _client(env) as client:
        lines = client.buildx.build(
            recipe.context,
            file=recipe.dockerfile,
            tags=recipe.tag,
            labels=dict(recipe.labels),
            secrets=[f"id=ca,src={recipe.ca}"] if recipe.ca else [],
            load=True,
            progress="plain",
            stream_logs=True,
        )
        _consume(lines, on_line)  # type: ignore[arg-type]  # an iterator of text when stream_logs is set


def build_services(
    args: ComposeArgs,
    services: Sequence[str],
    arguments: Mapping[str, str],
    env: Mapping[str, str],
    on_line: Callable[[str], None],
) -> None:
    """Build services of a Compose project. Raises WhalesFailed."""
    with _client(env, args) as client:
        lines = client.compose.build(list(services), build_args=dict(arguments), progress="plain", stream_logs=True)
        _consume((line.decode("utf-8", "replace") for _source, line in lines), on_line)


def pull(image: str, env: Mapping[str, str]) -> None:
    """Fetch an image. Raises WhalesFailed."""
    with _client(env) as client:
        client.pull(image, quiet=True)


def down(project: str, env: Mapping[str, str], on_line: Callable[[str], None]) -> None:
    """Remove a project's containers and networks by its labels, whatever files there are. Raises WhalesFailed."""
    with _client(env, ComposeArgs(project)) as client:
        lines = client.compose.down(remove_orphans=True, stream_logs=True)
        _consume((line.decode("utf-8", "replace") for _source, line in lines), on_line)


def restart(args: ComposeArgs, services: Sequence[str], env: Mapping[str, str]) -> None:
    """Restart in place, as Compose does. Raises WhalesFailed."""
    with _client(env, args) as client:
        client.compose.restart(list(services) or None)


class ComposeArgs:
    """The words between `docker compose` and the verb, read back from a command line into what the library takes."""

    def __init__(self, project: str, words: Sequence[str] = ()) -> None:
        self.project = project
        self.directory: str | None = None
        self.files: list[str] = []
        self.env_files: list[str] = []
        self.profiles: list[str] = []
        lists = {"-f": self.files, "--env-file": self.env_files, "--profile": self.profiles}
        for word, value in zip(words[::2], words[1::2], strict=True):
            if word == "--project-directory":
                self.directory = value
            elif word in lists:
                lists[word].append(value)


@contextlib.contextmanager
def _client(env: Mapping[str, str], args: ComposeArgs | None = None) -> Iterator[DockerClient]:
    from python_on_whales import DockerClient
    from python_on_whales.exceptions import DockerException

    client = DockerClient()
    if args is not None:
        client = DockerClient(
            compose_project_name=args.project,
            compose_files=list(args.files),
            compose_env_files=list(args.env_files),
            compose_profiles=list(args.profiles),
            compose_project_directory=args.directory,
        )
    with _narrowing:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(env)
        try:
            yield client
        except DockerException as error:
            raise WhalesFailed(error.stderr or error.stdout or "") from None  # its text repeats the command: drop it
        finally:
            os.environ.clear()
            os.environ.update(before)


def _consume(lines: Iterable[str], on_line: Callable[[str], None]) -> None:
    for line in lines:
        on_line(line)
