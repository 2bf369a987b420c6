"""The wheel carries what `stackctl init` and the image recipes need, and nothing that a run has generated."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

import stackctl

ROOT = Path(__file__).parents[2]
DATA = "stackctl/_data"
GENERATED = ("__pycache__", "*.pyc", ".*_cache", ".hypothesis", ".venv", ".stackctl", "*.local.*", "*.env")
# What a run, an editor or a developer leaves beside the sources, and a package must not carry.
LITTER = (
    "env/core/base.env",
    "env/core/dev.env",
    "env/core/dev.local.env",
    "stacks/core/dev.local.yml",
    "stacks/core/.stackctl/dev.overlay.yml",
    "stacks/core/app/__pycache__/main.cpython-311.pyc",
    "stacks/core/app/.mypy_cache/3.11/cache.json",
    "stacks/core/app/.pytest_cache/README.md",
    "stacks/images/base/.ruff_cache/0.1/1",
    "stackctl/__pycache__/errors.cpython-311.pyc",
)


def generated(path: Path) -> bool:
    return any(fnmatch(part, pattern) for part in path.parts for pattern in GENERATED)


def sources(root: Path, *folders: str) -> set[str]:
    files = (path for folder in folders for path in (root / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(root)) for path in files if not generated(path.relative_to(root))}


def run(*words: str | Path, cwd: Path, **variables: str) -> str:
    # What pytest-xdist and a caller put into the environment must not decide what is built.
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), **variables}
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(checkout: Path, into: Path, *options: str) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", into, checkout, cwd=checkout)


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of what is packaged, with litter in it: the real checkout is left alone."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("stackctl", "stacks", "env"):
        if (ROOT / folder).exists():
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns(*GENERATED))
    for file in ("pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / file).exists():
            shutil.copy2(ROOT / file, copy / file)
    for name in LITTER:
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("PASSWORD=canary\n")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build(checkout, folder, "--wheel")
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_carries_the_core_stack_and_its_templates(wheel: Path) -> None:
    expected = {f"{DATA}/stacks/core/{env}.yml" for env in ("base", "dev", "prod")}
    expected |= {f"{DATA}/env/core/{env}.env.template" for env in ("base", "dev", "prod")}
    expected |= {f"{DATA}/stacks/core/app/Dockerfile"}
    assert expected - names(wheel) == set()


@pytest.mark.parametrize(
    "image",
    ["base", "mongodb", "redis", "prometheus", "grafana", "jaeger", "python", "tools", "nginx", "postgres", "app"],
)
def test_wheel_carries_the_recipe_of(image: str, wheel: Path) -> None:
    assert any(name.startswith(f"{DATA}/stacks/images/{image}/") for name in names(wheel))


def test_wheel_carries_every_source_and_nothing_else(wheel: Path, checkout: Path) -> None:
    code = sources(checkout, "stackctl")
    data = {f"{DATA}/{name}" for name in sources(checkout, "stacks/core", "stacks/images", "env/core")}
    packed = {name for name in names(wheel) if ".dist-info/" not in name}
    assert packed == code | data


def test_wheel_carries_nothing_generated(wheel: Path) -> None:
    assert [name for name in names(wheel) if generated(Path(name))] == []
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if b"PASSWORD=canary" in archive.read(name)] == []


def test_wheel_keeps_scripts_executable(wheel: Path, checkout: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        lost = [
            entry.filename
            for entry in archive.infolist()
            if entry.filename.startswith(f"{DATA}/")
            and (checkout / entry.filename.removeprefix(f"{DATA}/")).stat().st_mode & stat.S_IXUSR
            and not (entry.external_attr >> 16) & stat.S_IXUSR
        ]
    assert lost == []


def test_wheel_names_its_command_version_and_license(wheel: Path) -> None:
    folder = f"stackctl-{stackctl.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        assert "stackctl = stackctl.cli.main:main" in archive.read(f"{folder}/entry_points.txt").decode()
        metadata = archive.read(f"{folder}/METADATA").decode()
        assert f"{folder}/licenses/LICENSE" in archive.namelist()
    assert f"\nVersion: {stackctl.__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata


def test_source_distribution_builds_the_same_wheel(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    build(checkout, tmp_path / "dist")  # the source distribution, then the wheel out of it
    (again,) = (tmp_path / "dist").glob("*.whl")
    assert again.read_bytes() == wheel.read_bytes()
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert [name for name in archive.getnames() if generated(Path(name))] == []


def test_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()

    def there(*words: str) -> str:
        return run(sys.executable, "-B", *words, cwd=tmp_path / "elsewhere", PYTHONPATH=str(tmp_path / "site")).strip()

    assert there("-c", "import stackctl; print(stackctl.__file__)") == str(tmp_path / "site/stackctl/__init__.py")
    assert stackctl.__version__ in there("-m", "stackctl", "--version")


# The pinned requirements.


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", path.read_text("utf-8"), re.MULTILINE))


def plain(requirement: str) -> str:
    return re.split(r"[<>=~!\[; ]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.txt")), ids=lambda path: path.name)
def test_requirements_are_pinned_by_hash_and_name_no_address(path: Path) -> None:
    text = path.read_text("utf-8")
    assert (
        re.findall(r"://|^\s*-[fi] |--(?:find-links|(?:extra-)?index-url|trusted-host)| @ ", text, re.MULTILINE) == []
    )
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert [block for block in blocks if not re.match(r"[a-z0-9._-]+==\S+.*\\\n\s+--hash=sha256:", block)] == []


def test_requirements_pin_everything_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "requirements" / "dev.in").read_text("utf-8").splitlines()
    asked = {plain(line) for line in (*lines, *project["dependencies"]) if line and not line.startswith(("#", "-"))}
    assert asked - pins(ROOT / "requirements" / "dev.txt").keys() == set()


def test_app_is_tested_with_the_versions_of_its_image() -> None:
    here = pins(ROOT / "requirements" / "dev.txt")
    there = pins(ROOT / "stacks" / "core" / "app" / "requirements.txt")
    assert {name: version for name, version in there.items() if here.get(name) != version} == {}
