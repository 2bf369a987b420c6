"""Where a trace links to, and what `logs` refuses before it asks anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from stackctl.cli.log_output import links_work, trace_link
from stackctl.engine.values import Binding
from tests.unit.cli.runs import answer
from tests.unit.fakes import container


def found(*services: tuple[str, str, int]) -> SimpleNamespace:
    everyone = [
        replace(container(name), image=image, ports=(Binding("127.0.0.1", port + 1, port, "tcp"),) if port else ())
        for name, image, port in services
    ]
    return SimpleNamespace(everyone=everyone)


def test_a_trace_links_to_the_page_of_the_jaeger_that_is_published() -> None:
    link = trace_link(found(("core", "shop/core", 8000), ("jaeger", "jaegertracing/jaeger:2", 16686)))
    assert link == "http://127.0.0.1:16687/trace/{id}"


def test_without_a_published_jaeger_there_is_no_link() -> None:
    assert trace_link(found(("core", "shop/core", 8000), ("jaeger", "jaegertracing/jaeger:2", 0))) == ""
    assert trace_link(None) == ""


@pytest.mark.parametrize(
    ("shell", "works"),
    [
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"VTE_VERSION": "7001"}, True),
        ({"VTE_VERSION": "4000"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_make_them(shell: dict[str, str], works: bool) -> None:
    assert links_work(shell) == works


@pytest.mark.parametrize("words", [("--follow",), ("--since", "last-start")])
def test_a_file_has_no_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    (tmp_path / "x.log").write_text("a line\n")
    monkeypatch.chdir(tmp_path)
    said = answer(capsys, "logs", "--file", "x.log", *words)
    assert said.code == 2
    assert said.err.startswith("✗ a file ")
