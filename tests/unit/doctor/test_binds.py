from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stackctl.doctor.binds import bind_findings, looks_like_file
from stackctl.doctor.host import FileFacts
from stackctl.errors import Finding
from tests.unit.doctor.fakes import FILE, FOLDER, FakeHost, ground_of, stack_of


def findings(
    source: str, target: str, files: dict[str, FileFacts] | None = None, *, create: bool = True, image: str = "x"
) -> list[Finding]:
    mount: dict[str, Any] = {"type": "bind", "source": source, "target": target}
    if create:
        mount["bind"] = {"create_host_path": True}
    stack = stack_of({"web": {"image": image, "volumes": [mount]}})
    return bind_findings(ground_of(stack, FakeHost(files=files or {})))


@pytest.mark.parametrize(
    "name", ["a.yml", "nginx.conf", "/x/Caddyfile", "docker.sock", ".env", "/etc/hosts", "a.tar.gz"]
)
def test_names_of_files(name: str) -> None:
    assert looks_like_file(name)


@pytest.mark.parametrize("name", ["/data", "conf.d", ".git", "/x/conf.yml/", "app-1.2", "/etc/nginx"])
def test_names_of_folders(name: str) -> None:
    assert not looks_like_file(name)


def test_what_exists_is_fine() -> None:
    assert findings("/w/a.yml", "/etc/a.yml", {"/w/a.yml": FILE}) == []
    assert findings("/w/data", "/data", {"/w/data": FOLDER}) == []


def test_a_missing_file_is_an_error_because_docker_would_make_a_folder() -> None:
    (finding,) = findings("/w/a.yml", "/etc/a.yml")
    assert (finding.code, finding.severity, finding.subject) == ("bind-source-missing", "error", "web")
    assert "empty folder" in finding.message
    (finding,) = findings("/w/settings", "/etc/a.yml")
    assert finding.severity == "error"


def test_a_missing_folder_is_a_warning_where_docker_makes_it() -> None:
    (finding,) = findings("/w/my data", "/data")
    assert (finding.severity, finding.hint) == ("warning", "make it: mkdir -p '/w/my data'")


def test_a_missing_folder_is_an_error_where_docker_refuses() -> None:
    (finding,) = findings("/w/data", "/data", create=False)
    assert finding.severity == "error"


def test_a_file_on_a_folder() -> None:
    (finding,) = findings("/w/a.db", "/data/db", {"/w/a.db": FILE}, image="mongo:8")
    assert (finding.code, finding.severity) == ("mount-type-mismatch", "error")


def test_an_empty_folder_on_a_file_was_made_by_docker() -> None:
    (finding,) = findings("/w/a.yml", "/etc/a.yml", {"/w/a.yml": replace(FOLDER, empty=True)})
    assert (finding.code, finding.severity) == ("mount-type-mismatch", "error")
    assert "rmdir /w/a.yml" in finding.hint
    (finding,) = findings("/w/a.yml", "/etc/a.yml", {"/w/a.yml": FOLDER})
    assert finding.severity == "warning"


def test_a_folder_on_a_folder_with_a_dot_is_fine() -> None:
    assert findings("/w/conf.d", "/etc/nginx/conf.d", {"/w/conf.d": FOLDER}) == []


def test_a_socket_and_a_path_that_we_may_not_look_at_are_fine() -> None:
    assert findings("/run/docker.sock", "/var/run/docker.sock", {"/run/docker.sock": FileFacts("other")}) == []
    assert findings("/root/x.yml", "/etc/x.yml", {"/root/x.yml": FileFacts("unknown")}) == []
