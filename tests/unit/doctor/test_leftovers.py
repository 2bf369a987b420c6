from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from stackctl.doctor.around import Neighbour
from stackctl.doctor.check import Scene
from stackctl.doctor.host import SystemHost
from stackctl.doctor.leftovers import gone_projects, leftovers, orphans, owned_projects
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.find import Place
from stackctl.workspace.owner import record_owner
from tests.unit.doctor.fakes import FACTS, FakeEngine, Reply, said


def workspace(tmp_path: Path, *environments: str) -> Path:
    root = tmp_path / "lab"
    (root / "stacks" / "core").mkdir(parents=True)
    for name in ("base", *environments):
        (root / "stacks" / "core" / f"{name}.yml").write_text("services: {}\n")
    return root


def look(tmp_path: Path, root: Path | None, *replies: tuple[tuple[str, ...], Reply]) -> tuple[str, str, str]:
    place = Place(root, plain=False) if root else None
    scene = Scene(FakeEngine(replies=replies), SystemHost(), {"STACKCTL_HOME": str(tmp_path / "home")}, place)
    seen = leftovers(scene, FACTS)
    return seen.status, seen.detail, seen.hint


def ps(project: str, folder: Path, files: Sequence[Path]) -> str:
    return f"{project}-web-1\texited\t\t{project}\tweb\t{folder}\t{','.join(map(str, files))}\n"


def test_nothing_is_left_over(tmp_path: Path) -> None:
    root = workspace(tmp_path, "dev")
    folder = root / "stacks" / "core"
    line = ps("lab-core-dev", folder, [folder / "base.yml", folder / "dev.yml", root / ".stackctl/x/overlay.yml"])
    assert look(tmp_path, root, (("working_dir",), said(line))) == ("ok", "none", "")


def test_a_project_whose_file_is_gone(tmp_path: Path) -> None:
    root = workspace(tmp_path, "dev")
    folder = root / "stacks" / "core"
    line = ps("lab-core-stage", folder, [folder / "base.yml", folder / "stage.yml"])
    status, detail, hint = look(tmp_path, root, (("working_dir",), said(line)))
    assert status == "warning"
    assert f"{folder}/stage.yml is missing" in detail
    assert hint == "docker compose -p lab-core-stage down"


def test_a_project_elsewhere_is_not_ours(tmp_path: Path) -> None:
    root = workspace(tmp_path, "dev")
    line = ps("blog", tmp_path / "lab2", [tmp_path / "lab2" / "compose.yml"])
    assert look(tmp_path, root, (("working_dir",), said(line)))[0] == "ok"


def test_helpers_that_ended_are_named_and_jobs_of_a_project_are_not(tmp_path: Path) -> None:
    young = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
    at = "2020-11-21 07:22:09 +0000 UTC"
    lines = f"stackctl-dns\t{at}\t\nshop-jaeger-init-1\t{at}\tshop\nat-work\t{young}\t\n"
    status, detail, hint = look(tmp_path, None, (("label=stackctl.helper",), said(lines)))
    assert (status, detail, hint) == ("warning", "helper containers: stackctl-dns", "docker rm stackctl-dns")


def test_networks_and_volumes_of_what_ended(tmp_path: Path) -> None:
    root = workspace(tmp_path, "dev")
    for project in ("lab-core-dev", "lab-core-old"):
        record_owner(tmp_path / "home" / "projects" / project, root, DiskFiles())
    networks = "lab-core-dev_default\tlab-core-dev\nother_default\tother\n"
    volumes = "lab-core-dev_data\tlab-core-dev\nlab-core-old_data\tlab-core-old\nlab-core-older_data\tlab-core-older\n"
    replies = ((("network", "ls"), said(networks)), (("volume", "ls"), said(volumes)))
    status, detail, hint = look(tmp_path, root, *replies)
    assert status == "warning"
    assert "networks without containers: lab-core-dev_default;" in detail
    assert detail.endswith("volumes of environments that no longer exist: lab-core-old_data")
    assert hint.endswith("docker volume rm lab-core-old_data")


def test_instances_are_no_orphans() -> None:
    assert orphans(["lab-dev", "lab-dev-two", "lab-old"], ["lab-dev"]) == ["lab-old"]


def test_generated_files_may_be_missing(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    item = Neighbour("a", True, "lab", "a", str(root), (str(root / ".stackctl" / "o.yml"),))
    assert gone_projects([item], root, SystemHost()) == {}


def test_owners_are_read_from_home(tmp_path: Path) -> None:
    record_owner(tmp_path / "projects" / "a", tmp_path / "here", DiskFiles())
    record_owner(tmp_path / "projects" / "b", tmp_path / "there", DiskFiles())
    assert owned_projects(tmp_path, tmp_path / "here", DiskFiles()) == ["a"]
