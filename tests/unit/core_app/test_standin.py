"""The stand-in reads the words and variables of the programs in whose place it runs, and answers their pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.trace import NoOpTracerProvider
from starlette.testclient import TestClient

from core_app import standin, standin_server
from core_app.metrics import Metrics
from core_app.standin import Standin, StandinError, main, read


@pytest.mark.parametrize(
    ("name", "words", "environ", "host", "ports"),
    [
        ("starmap", ["serve"], {}, "127.0.0.1", (8080,)),
        ("starmap", ["serve", "--host", "0.0.0.0", "--port", "8081"], {}, "0.0.0.0", (8081,)),
        ("starmap", ["serve"], {"HTTP_HOST": "0.0.0.0", "HTTP_PORT": "9"}, "0.0.0.0", (9,)),
        ("vectora", ["server"], {}, "0.0.0.0", (8080,)),
        ("vectora", ["server", "--managed-mode"], {}, "0.0.0.0", (8080, 9090)),
        ("codegraph-api", [], {"SERVER_PORT": "3000", "METRICS_PORT": "9090"}, "0.0.0.0", (3000, 9090)),
        ("standin", [], {"AGENT_PORT": "8083", "PORT": "8083"}, "0.0.0.0", (8083,)),
    ],
)
def test_it_listens_where_the_other_would(
    name: str, words: list[str], environ: dict[str, str], host: str, ports: tuple[int, ...]
) -> None:
    found = read(name, words, environ)
    assert (found.host, found.ports) == (host, ports)


@pytest.mark.parametrize(
    ("value", "level"), [("trace", "debug"), ("warn", "warning"), ("info,h2=off", "info"), ("", "info")]
)
def test_levels_of_others(value: str, level: str) -> None:
    assert read("a", [], {"RUST_LOG": value}).level == level


def test_secrets_come_as_values_or_files_and_an_empty_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "uri").write_text("mongodb://a:b@c/d\n")
    (tmp_path / "none").write_text("")
    environ = {
        "MONGODB_URI_FILE": str(tmp_path / "uri"),
        "REDIS_URL": "redis://r",
        "GROQ_API_KEY_FILE": str(tmp_path / "none"),
        "OPENAI_API_KEY": "canary8f8f8f8f",
    }
    found = read("a", [], environ)
    assert (found.mongodb, found.redis) == ("mongodb://a:b@c/d", "redis://r")
    assert found.features == {"GROQ_API_KEY": False, "OPENAI_API_KEY": True}
    assert "canary" not in repr(found)
    assert "a:b" not in repr(found)


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (["--config", "/nowhere/x.yaml"], {}),
        ([], {"PORT": "eighty"}),
        (["--port", "0"], {}),
        ([], {"REDIS_URL_FILE": "/nowhere/x"}),
    ],
)
def test_what_it_cannot_use_is_said_in_a_line(words: list[str], environ: dict[str, str]) -> None:
    with pytest.raises(StandinError):
        read("a", words, environ)


def test_a_folder_that_it_may_not_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StandinError, match="ROCKSDB_PATH"):
        standin.make_folders({"ROCKSDB_PATH": str(tmp_path / "file" / "below")})
    standin.make_folders({"FAISS_INDEX_PATH": str(tmp_path / "faiss")})
    assert (tmp_path / "faiss" / "standin").is_file()


def test_its_version_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["starmap", "version"]) == 0
    assert capsys.readouterr().out.startswith("starmap ")


def test_its_pages() -> None:
    closed = []

    async def close() -> None:
        closed.append(True)

    async def well() -> None: ...

    settings = Standin("a", "0.0.0.0", (8080,), "info", features={"X_TOKEN": True})
    tracer = NoOpTracerProvider().get_tracer("a")
    with TestClient(standin_server.build(settings, {"redis": well}, Metrics(), tracer, close)) as client:
        for path in ("/health", "/api/v1/health"):
            assert set(client.get(path).json()) == {"status", "version", "timestamp"}
        assert client.get("/ready").json() == {"ready": True, "not_ready": [], "checks": {"redis": "ok"}}
        assert client.get("/").json() == {"name": "a", "standin": True, "features": {"X_TOKEN": True}}
        assert "http_requests_total" in client.get("/metrics").text
        assert client.get("/debug/info").json()["ports"] == [8080]
        assert client.get("/items").status_code == 404
    assert closed == [True]


def test_traces_go_over_http_where_the_other_speaks_grpc() -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4317"}
    assert standin_server.over_http(environ)["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://jaeger:4318"
    assert standin_server.over_http({}) == {}
