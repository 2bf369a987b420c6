"""What goes through the app, and its traces, on made-up answers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.engine.net import Answer, HttpRequest
from stackctl.verify import data, traces
from tests.unit.verify.made import CORE, JAEGER, PROM, TRACE, FakeWeb, site


def test_an_app_that_refuses_is_told_in_its_own_words(tmp_path: Path) -> None:
    web = FakeWeb({"8080/items": Answer(503, b'{"error": "away"}')})
    found = data.requests(site(tmp_path, CORE, web=web))
    assert found.text == 'the app does not do its work: POST /items: 503 {"error": "away"}'
    assert data.requests(site(tmp_path, PROM)).status == "skipped"


def test_an_item_that_was_made_is_removed_whatever_comes_after(tmp_path: Path) -> None:
    """Else each run against an ailing app would leave one behind."""
    deleted: list[str] = []

    def answer(request: HttpRequest) -> Answer:
        if request.method == "POST":
            return Answer(201, json.dumps({"id": "1" * 24}).encode())
        if request.method == "DELETE":
            deleted.append(request.url)
            return Answer(204, b"")
        if deleted:
            return Answer(404, b"")
        raise ConnectionResetError("reset")

    there = site(tmp_path, CORE, web=FakeWeb({"8080/items": answer}))
    assert "reset" in data.requests(there).text
    assert data.removed(there).status == "ok"
    assert deleted == [f"http://127.0.0.1:8080/items/{'1' * 24}"]


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("", "the app makes no traces"),
        ("00-{trace}-{parent}-01", "the app makes no traces"),
        ("00-{trace}-1111111111111111-00", "sampler drops"),
        ("00-{other}-1111111111111111-01", "begins a new trace"),
        ("00-{trace}-1111111111111111-01", ""),
        ("00-{trace}-1111111111111111-03", ""),
    ],
)
def test_what_the_app_does_with_a_trace(tmp_path: Path, response: str, words: str) -> None:
    web = FakeWeb()

    def answer(request: HttpRequest) -> Answer:
        _version, trace, parent, *_flags = request.headers.get("traceparent", "---").split("-")
        told = response.format(trace=trace, parent=parent, other=TRACE)
        return Answer(201, json.dumps({"id": "1" * 24}).encode(), {"traceresponse": told} if told else {})

    web.pages["8080/items"] = answer
    found = traces.sampled(site(tmp_path, CORE, JAEGER, web=web))
    assert (found.status == "failed") == bool(words)
    assert words in found.text


def test_a_ratio_of_nothing_keeps_no_trace_of_the_apps_own(tmp_path: Path) -> None:
    web = FakeWeb()
    web.pages["8080/items"] = lambda request: Answer(
        201, b'{"id": "1"}', {"traceresponse": f"00-{request.headers.get('traceparent', '--').split('-')[1]}-1-01"}
    )
    off = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    assert "ratio is 0" in traces.sampled(site(tmp_path, replace(CORE, environment=off), JAEGER, web=web)).text
