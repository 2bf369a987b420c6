"""The images room on a real engine: a recipe is built once and again when it changed; ignore rules are Docker's own."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from stackctl.engine.docker import DockerEngine
from stackctl.errors import StartError
from stackctl.images.build import ImageDoors, build_recipes
from stackctl.images.buildlog import disk_logs
from stackctl.images.context import InDoubt, read_context, read_ignore
from stackctl.images.fetch import carry_out
from stackctl.images.plan import ImageQuestion, lookup_names, plan_images
from stackctl.images.reach import reach_by_tcp
from stackctl.images.recipes import RecipeInfo, chained, read_recipe, state
from stackctl.images.script import HostScript
from stackctl.mask import Mask
from stackctl.stack.model import stack_from
from stackctl.workspace.clock import SystemClock
from stackctl.workspace.files import DiskFiles

pytestmark = pytest.mark.engine

BASE = "stackctl/base:local"


@dataclass
class Heard:
    notes: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)

    def on_note(self, text: str) -> None:
        self.notes.append(text)

    def on_step(self, image: str, step: str, elapsed: float) -> None:
        self.steps.append(step)

    def on_done(self, image: str, how: str, elapsed: float) -> None:
        self.done.append((image, how))


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def engine() -> DockerEngine:
    return DockerEngine(os.environ, Mask())


@pytest.fixture
def tag(engine: DockerEngine) -> Iterator[str]:
    """A name nobody else uses; its image is removed afterwards."""
    assert engine.images([BASE]), f"{BASE} is not here: make images"
    name = f"room{secrets.token_hex(4)}"
    yield name
    subprocess.run(["docker", "image", "rm", "-f", f"stackctl/{name}:local"], capture_output=True, check=False)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def doors(engine: DockerEngine, heard: Heard, tmp_path: Path) -> ImageDoors:
    return ImageDoors(
        engine=engine,
        facts=engine.facts(),
        reach=reach_by_tcp,
        script=HostScript(os.environ, Mask()),
        clock=SystemClock(),
        open_log=disk_logs(tmp_path / "ws", DiskFiles()),
        events=heard,
    )


def recipe(folder: Path, name: str, dockerfile: str) -> RecipeInfo:
    home = folder / name
    home.mkdir(exist_ok=True)
    (home / "Dockerfile").write_text(dockerfile)
    return read_recipe(home)


def alone(info: RecipeInfo) -> dict[str, RecipeInfo]:
    """The recipe without what it builds on, which is here and stays as it is."""
    return chained({info.name: replace(info, needs=())})


def test_a_recipe_is_built_once_and_again_when_a_file_changed(
    doors: ImageDoors, heard: Heard, tag: str, tmp_path: Path
) -> None:
    text = f"FROM {BASE}\nCOPY words /words\nRUN echo built-here && cat /words\nLABEL stackctl.version=7.1\n"
    (tmp_path / tag).mkdir()
    (tmp_path / tag / "words").write_text("one\n")
    own = alone(recipe(tmp_path, tag, text))

    assert build_recipes(own, [tag], doors) == (tag,)
    image = doors.engine.images([own[tag].tag])[own[tag].tag]
    assert image.labels["stackctl.recipe"] == own[tag].chain
    assert image.labels["stackctl.version"] == "7.1"
    assert state(own[tag], {own[tag].tag: image}) == "ready"
    assert any("RUN echo built-here" in step for step in heard.steps), heard.steps
    assert heard.done == [(own[tag].tag, "built")]
    assert "built-here" in (tmp_path / "ws" / ".stackctl" / "build" / f"{tag}.log").read_text()

    assert build_recipes(own, [tag], doors) == ()

    (tmp_path / tag / "words").write_text("two\n")
    changed = alone(read_recipe(tmp_path / tag))
    assert build_recipes(changed, [tag], doors) == (tag,)
    assert docker("run", "--rm", changed[tag].tag, "cat", "/words") == "two\n"


def test_a_recipe_with_a_script_gets_its_label_as_an_import_option(
    doors: ImageDoors, heard: Heard, tag: str, tmp_path: Path
) -> None:
    home = tmp_path / tag
    home.mkdir()
    (home / "build.sh").write_text(
        'set -e\ntag=$1; shift\necho "packing"\necho hi >hi\ntar -c hi | docker import "$@" - "$tag"\n'
    )
    own = chained({tag: read_recipe(home)})
    assert build_recipes(own, [tag], doors) == (tag,)
    assert state(own[tag], doors.engine.images([own[tag].tag])) == "ready"
    assert "packing" in heard.steps


def test_a_failed_build_says_why_and_where_its_log_is(doors: ImageDoors, tag: str, tmp_path: Path) -> None:
    own = alone(recipe(tmp_path, tag, f"FROM {BASE}\nRUN echo the-reason >&2; exit 7\n"))
    with pytest.raises(StartError) as caught:
        build_recipes(own, [tag], doors)
    assert caught.value.code == "build-failed"
    assert "the-reason" in caught.value.message
    log = tmp_path / "ws" / ".stackctl" / "build" / f"{tag}.log"
    assert str(log) in caught.value.hint
    assert "the-reason" in log.read_text()


def test_without_a_registry_a_service_gets_its_recipe(
    doors: ImageDoors, heard: Heard, tag: str, tmp_path: Path
) -> None:
    recipes = alone(recipe(tmp_path, tag, f"FROM {BASE}\n"))
    # A reserved name that never resolves, so that the test is the same where registries answer.
    service = {"image": f"registry.invalid/{tag}:1", "labels": {"stackctl.recipe": tag}}
    model = {"name": "room", "services": {"s": service}}
    question = ImageQuestion(stack_from(model), {"s"}, "auto", False, recipes)
    plan = plan_images(question, doors.engine.images(lookup_names(question)))
    assert plan.pulls == (f"registry.invalid/{tag}:1",)
    done = carry_out(plan, doors)
    assert done.images == {"s": f"stackctl/{tag}:local"}
    assert heard.notes == ["no registry answers (registry.invalid): using local recipes instead"]

    again = plan_images(question, doors.engine.images(lookup_names(question)))
    assert again.ready


FILES = (
    "a",
    "a.md",
    "README.md",
    ".hidden",
    "b/a",
    "b/a.md",
    "b/c/a",
    "b/c/README.md",
    "b/c/d/x.pyc",
    "foo/x",
    "foo/y",
    "foobar/x",
    "keep/one/two",
    "keep/three",
    "[x]",
    "a+b(c)$",
    "node_modules/m/index.js",
    "sp ace",
)
PATTERNS = (
    "",
    "a\n",
    "/a\n",
    "b/\n",
    "./b//c/../a\n",
    "*.md\n",
    "*/a\n",
    "**/*.md\n!README.md\n",
    "**/*.md\n!**/README.md\n",
    "*\n!keep\n",
    "*\n!keep/one\n",
    "*\n!keep/**\nkeep/three\n",
    "b\n!b/c\nb/c/d\n",
    "b/**\n",
    "b/**/a\n",
    "**/c\n",
    "**a\n",
    "foo*\n!foo/x\nfoo\n",
    "!a\na\n",
    "a\n!a\n",
    "# a\n  .hidden  \n\nsp ace\n",
    "?\n",
    "[ab]\n",
    "[^ab]*\n",
    "\\[x\\]\n",
    "a+b(c)$\n",
    "**\n!b/c/README.md\n",
    "node_modules/\n!**/index.js\n",
    "foo/*\n",
    ".\n",
    "/\n",
    "*\n!*/\n",
    "*/*\n! foo/y\n",
)


def sent_by_docker(context: Path, target: Path) -> set[str]:
    """What a build with `COPY . /` really gets: files, links and folders."""
    docker("buildx", "build", "--quiet", "--output", f"type=local,dest={target}", str(context))
    found = target.rglob("*")
    return {f"{path.relative_to(target)}{'/' if path.is_dir() and not path.is_symlink() else ''}" for path in found}


def with_parents(names: set[str]) -> set[str]:
    """Docker also sends the folders above what it sends."""
    parents = {f"{parent}/" for name in names for parent in Path(name).parents if str(parent) != "."}
    return names | parents


@pytest.mark.parametrize("pattern", PATTERNS, ids=[repr(pattern) for pattern in PATTERNS])
def test_the_context_is_what_docker_sends(tmp_path: Path, pattern: str) -> None:
    context = tmp_path / "context"
    for name in FILES:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text(name)
    (context / "link").symlink_to("b/a")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (context / ".dockerignore").write_text(pattern)
    ours = set(read_context(context, read_ignore(context, context / "Dockerfile")).entries)
    assert with_parents(ours) == sent_by_docker(context, tmp_path / "sent")


def test_the_ignore_file_of_a_dockerfile_wins_in_docker_too(tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    for name, text in (("a", ""), ("b", ""), (".dockerignore", "a\n"), ("Dockerfile.dockerignore", "b\n")):
        (context / name).write_text(text)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    ours = set(read_context(context, read_ignore(context, context / "Dockerfile")).entries)
    assert "a" in ours
    assert "b" not in ours
    assert ours == sent_by_docker(context, tmp_path / "sent")


@pytest.mark.parametrize("pattern", ["!", "a[", "a\\"])
def test_docker_rejects_what_we_reject(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a").write_text("")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / ".dockerignore").write_text(pattern)
    with pytest.raises(InDoubt):
        read_ignore(tmp_path, tmp_path / "Dockerfile")
    with pytest.raises(AssertionError, match="pattern"):
        sent_by_docker(tmp_path, tmp_path / "sent")
