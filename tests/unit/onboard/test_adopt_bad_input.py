"""What may go wrong between reading somebody's project and writing beside it; nothing of theirs may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError, Refused
from stackctl.onboard.adopt import plan_adopt
from stackctl.onboard.adoption import AdoptPlan, apply_adopt
from stackctl.onboard.same import differences
from stackctl.workspace.files import DiskFiles
from tests.unit.fakes import snapshot
from tests.unit.onboard.test_adopt import model, put, world_of

MAIN = "services: {web: {image: nginx, ports: ['80:80']}}\n"
FILES = {
    "compose.yaml": MAIN,
    "compose.override.yaml": "services:\n  web:\n    environment: {A: b}\n",
    ".env": "TOKEN=abcdefghij\n",
}


class Failing(DiskFiles):
    """The real file system, until the disk is full."""

    def __init__(self, after: int) -> None:
        self.left = after

    def create(self, path: Path, data: bytes, mode: int = 0o600) -> bool:
        self._count(path)
        return super().create(path, data, mode)

    def write(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        self._count(path)
        super().write(path, data, mode)

    def _count(self, path: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConfigError(f"{path} cannot be written: No space left on device", "check the folder's free space")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return put(tmp_path / "shop", FILES)


def planned(root: Path) -> AdoptPlan:
    return plan_adopt(world_of(root.parent / "home"), root)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_what_fails_midway_leaves_nothing_behind(root: Path, after: int) -> None:
    (root / ".gitignore").write_text("*.log\n")
    before = snapshot(root)
    plan = planned(root)
    with pytest.raises(ConfigError):
        apply_adopt(plan, Failing(after))
    assert len(plan.files) == 4
    assert snapshot(root) == before


def test_whatever_was_written_before_a_kill_the_next_run_adds_the_rest(root: Path) -> None:
    plan = planned(root)
    whole = {item.path.name: item.after for item in plan.files}
    for count in range(len(plan.files)):
        there = plan.files[:count]
        for item in there:
            item.path.write_bytes(item.after)
        apply_adopt(planned(root), DiskFiles())
        assert {name: (root / name).read_bytes() for name in whole} == whole
        for name in whole:
            (root / name).unlink()


@pytest.mark.parametrize("name", ["compose.yaml", "compose.override.yaml", ".env", ".gitignore"])
def test_a_file_that_changes_between_diff_and_yes_refuses_all(root: Path, name: str) -> None:
    plan = planned(root)
    with (root / name).open("a") as stream:
        stream.write("\n# more\n")
    before = snapshot(root)
    with pytest.raises(Refused) as caught:
        apply_adopt(plan, DiskFiles())
    assert (caught.value.code, name in caught.value.message) == ("changed", True)
    assert snapshot(root) == before


def test_a_file_that_appears_between_refuses_all(root: Path) -> None:
    plan = planned(root)
    (root / "compose.prod.yaml").write_text("mine\n")
    before = snapshot(root)
    with pytest.raises(Refused):
        apply_adopt(plan, DiskFiles())
    assert snapshot(root) == before


def test_a_workspace_is_none_to_adopt(root: Path) -> None:
    put(root, {"stacks/core/base.yml": MAIN})
    with pytest.raises(Refused) as caught:
        planned(root)
    assert (caught.value.code, caught.value.exit_code) == ("exists", 7)
    assert "core" in caught.value.message


def test_windows_line_ends_and_a_byte_order_mark(root: Path) -> None:
    text = "\ufeffservices:\r\n  web:\r\n    # mine\r\n    environment: {A: b}\r\n"
    (root / "compose.override.yaml").write_bytes(text.encode())
    (root / "compose.yaml").write_bytes(b"\xef\xbb\xbf" + MAIN.encode())
    (root / ".gitignore").write_bytes(b"caf\xe9\r\n/.env\r\n")
    world = world_of(root.parent / "home")
    before, there = model(world, root), snapshot(root)
    plan = plan_adopt(world, root)
    apply_adopt(plan, world.files)
    made = (root / "compose.dev.yaml").read_bytes()
    assert b"\xef\xbb\xbf" not in made, "it would be a part of a key within the file"
    assert made.count(b"\n") == made.count(b"\r\n")
    assert b"    # mine\r\n" in made
    assert (root / ".gitignore").read_bytes() == b"caf\xe9\r\n/.env\r\n.stackctl/\r\n"
    assert differences(before, model(world, root, "dev"), plan.labels) == []
    assert {**snapshot(root), ".gitignore": there[".gitignore"]} | there == snapshot(root) | there


def test_what_is_not_utf8_is_said(root: Path) -> None:
    (root / "compose.override.yaml").write_bytes("services: {}\n".encode("utf-16"))
    with pytest.raises(ConfigError) as caught:
        planned(root)
    assert "compose.override.yaml is not a UTF-8 text" in caught.value.message


def test_linked_files_are_read_and_links_are_not_replaced(root: Path, tmp_path: Path) -> None:
    for name in ("compose.yaml", "compose.override.yaml", ".gitignore"):
        real = tmp_path / "shared" / name
        real.parent.mkdir(exist_ok=True)
        real.write_bytes((root / name).read_bytes() if (root / name).exists() else b"*.log\n")
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(real)
    shared = snapshot(tmp_path / "shared")
    plan = planned(root)
    apply_adopt(plan, DiskFiles())
    assert snapshot(tmp_path / "shared") == shared
    assert all((root / name).is_symlink() for name in shared)
    assert "add to it: .stackctl/, .env" in " ".join(plan.notes)
    assert (root / "compose.dev.yaml").is_file()


@pytest.mark.parametrize("name", ["compose.dev.yaml", ".env.template"])
def test_a_dangling_link_stays(root: Path, tmp_path: Path, name: str) -> None:
    (root / name).symlink_to(tmp_path / "nowhere")
    plan = planned(root)
    apply_adopt(plan, DiskFiles())
    assert (root / name).is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert any(name in note for note in plan.notes)


def test_a_clean_clone_without_env_has_a_template_of_what_is_required(root: Path) -> None:
    (root / ".env").unlink()
    environment = "environment: {A: '${DB_PASSWORD:?}', B: '${LEVEL:-info}', C: '${PLAIN}', D: '${PWD}'}"
    (root / "compose.yaml").write_text(f"services: {{db: {{image: postgres, {environment}, ports: ['${{P:?}}:1']}}}}\n")
    (root / "compose.override.yaml").unlink()
    (template,) = [item for item in planned(root).files if item.path.name == ".env.template"]
    assert b"# @required @sensitive @type=string\nDB_PASSWORD=\n" in template.after
    assert b"\nP=\n" in template.after
    assert b"\n# For db.\n# @type=string\nPLAIN=\n" in template.after
    assert b"LEVEL" not in template.after
    assert b"PWD" not in template.after, "every shell has it"


def test_a_secret_in_an_ignored_override_stays_out_of_git_and_of_the_diff(root: Path) -> None:
    (root / "compose.override.yaml").write_text("services: {web: {environment: {API_TOKEN: hunter2hunter2}}}\n")
    (root / ".gitignore").write_text("compose.override.yaml\n")
    world = world_of(root.parent / "home")
    plan = plan_adopt(world, root)
    assert "hunter2" not in "\n".join([*plan.diff(world.mask), *plan.notes])
    assert "API_TOKEN" in " ".join(plan.notes)
    apply_adopt(plan, world.files)
    assert "compose.dev.yaml" in (root / ".gitignore").read_text().splitlines()


def test_overlays_that_are_whole_projects_are_environments_already(tmp_path: Path) -> None:
    root = put(tmp_path / "shop", {"docker-compose.dev.yml": MAIN, "docker-compose.production.yml": MAIN})
    plan = planned(root)
    assert [item.path.name for item in plan.files] == [".gitignore"]
    assert "docker-compose.production.yml is there already" in " ".join(plan.notes)


def test_several_files_that_compose_does_not_find_get_the_line_that_tells_it(tmp_path: Path) -> None:
    root = put(tmp_path / "shop", {"a.yml": MAIN, "b.yml": MAIN})
    with pytest.raises(ConfigError) as caught:
        plan_adopt(world_of(tmp_path / "home"), root, [root / "a.yml", root / "b.yml"])
    assert "COMPOSE_FILE=a.yml:b.yml" in caught.value.hint
