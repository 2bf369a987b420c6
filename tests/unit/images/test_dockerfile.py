from __future__ import annotations

from pathlib import Path

from stackctl.images.dockerfile import asks_for_ca, base_images, dockerfile_path, read_dockerfile
from stackctl.stack.model import Service, stack_from
from stackctl.workspace.files import DiskFiles

TEXT = """ARG PYTHON_IMAGE=python:3.13
ARG TAG
FROM ${PYTHON_IMAGE} AS packages
ARG PYTHON_IMAGE=other
FROM --platform=linux/amd64 redis:${TAG:-8} AS second
FROM packages AS runtime
COPY --from=second /a /b
COPY --from=0 /a /b
COPY --from=busybox:1.37 /bin/sh /sh
RUN --mount=type=bind,from=alpine:3 \\
    true
FROM scratch
"""


def service(**build: str) -> Service:
    return stack_from({"services": {"app": {"build": build}}}).services["app"]


def test_bases_with_arguments_filled_in() -> None:
    assert base_images(TEXT, {}) == ("python:3.13", "redis:8", "busybox:1.37", "alpine:3")
    assert base_images(TEXT, {"PYTHON_IMAGE": "x", "TAG": "9"})[:2] == ("x", "redis:9")


def test_an_argument_without_a_value_leaves_its_image_out() -> None:
    assert base_images("ARG BASE\nFROM $BASE\n", {}) == ()


def test_the_secret_ca_is_seen_in_a_mount_only() -> None:
    assert asks_for_ca("RUN --mount=type=secret,id=ca,target=/etc/x.crt pip install x")
    assert asks_for_ca("RUN --mount=id=ca,type=secret pip install x")
    assert not asks_for_ca("# id=ca\nRUN --mount=type=secret,id=cafe true\nENV id=ca")


def test_the_dockerfile_of_a_service_is_read(tmp_path: Path) -> None:
    (tmp_path / "D").write_text("FROM x\n")
    found = service(context=str(tmp_path), dockerfile="D")
    assert dockerfile_path(found) == tmp_path / "D"
    assert read_dockerfile(found, DiskFiles()) == "FROM x\n"
    assert read_dockerfile(service(context=str(tmp_path)), DiskFiles()) == ""


def test_a_dockerfile_in_the_compose_file_counts(tmp_path: Path) -> None:
    found = service(context=str(tmp_path), dockerfile_inline="FROM y\n")
    assert dockerfile_path(found) is None
    assert read_dockerfile(found, DiskFiles()) == "FROM y\n"
