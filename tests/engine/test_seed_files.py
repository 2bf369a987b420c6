"""The files of the seed stacks, read by plain Compose, against what the seeds say. Starts nothing."""

from __future__ import annotations

import re

import pytest

from scripts.dashboards.__main__ import BOARDS, files
from tests.engine.cli import ROOT
from tests.engine.seeds import SEEDS, limits, model, mounted, published, timings

pytestmark = pytest.mark.engine

HARDENED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
LOOPBACK = "127.0.0.1"
AGENTS = {
    "jira-agent": 8081,
    "github-agent": 8082,
    "slack-agent": 8083,
    "reporting-agent": 8084,
    "hygiene-agent": 8085,
    "rca-agent": 8086,
}


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", SEEDS)
def test_no_seed_publishes_beyond_this_machine_names_containers_or_takes_latest(stack: str, environment: str) -> None:
    found = model(stack, environment, "tools", "managed", "debug")
    for name, service in found["services"].items():
        assert {host for host, _port, _target in published(service)} <= {LOOPBACK}, name
        assert "container_name" not in service, name
        assert ":" in service["image"], name
        assert not re.search(r":(.*-)?latest$", service["image"]), name
        assert service["logging"]["options"]["max-size"], name
    assert found["x-stackctl"]["auto_ports"] is True


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", SEEDS)
def test_no_secret_stands_in_a_model(stack: str, environment: str) -> None:
    for name, service in model(stack, environment, "tools", "managed", "debug")["services"].items():
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|KEY", key):
                assert key.endswith("FILE"), (name, key)
                assert str(value).startswith("/run/secrets/"), (name, key)


@pytest.mark.parametrize("stack", SEEDS)
def test_every_corrected_defect_is_on_the_page(stack: str) -> None:
    """A comment `seed:` in the files has its row in the explanation: the count of both is the same."""
    comments = sum(path.read_text().count("seed: ") for path in (ROOT / "stacks" / stack).glob("*.yml"))
    page = (ROOT / "docs/explanation/seeds.md").read_text()
    section = page.partition(f"## {stack.capitalize().replace('graph', 'Graph')}")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| (?!was|---)", section, re.MULTILINE)) == comments


@pytest.mark.parametrize("stack", ["core", "codegraph", "nexus"])
def test_the_links_of_the_dashboards_follow_the_ports_of_an_instance(stack: str) -> None:
    services = model(stack, "dev", "observability", GRAFANA_PORT="33333", PROMETHEUS_PORT="33334")["services"]
    assert services["grafana"]["environment"]["GF_SERVER_ROOT_URL"] == "http://127.0.0.1:33333/"
    assert (LOOPBACK, 33333, 3000) in published(services["grafana"])
    words = services["prometheus"]["command"]
    assert "--web.external-url=http://127.0.0.1:33334" in words
    # The command is replaced as a whole: what base says of it must stand there again.
    base = model(stack, "prod", "observability")["services"]["prometheus"]["command"]
    assert {word.partition("=")[0] for word in base} <= {word.partition("=")[0] for word in words}


@pytest.mark.parametrize("stack", sorted(set(BOARDS) - {"core"}))
def test_dashboards_are_those_of_the_generator(stack: str) -> None:
    folder = ROOT / "stacks" / stack / "grafana" / "dashboards"
    assert {path.name: path.read_text() for path in folder.glob("*.json")} == files(stack)


# ---------------------------------------------------------------------------------------------------------- Starmap


def test_starmap_is_hardened_in_both_environments() -> None:
    for environment in ("dev", "prod"):
        service = model("starmap", environment)["services"]["starmap"]
        assert {key: service[key] for key in HARDENED} == HARDENED
        assert service["user"] == "65532:65532"
        assert service["tmpfs"] == ["/tmp"]
        assert mounted(service) == {"/home/nonroot/.starmap": "starmap-data"}
        assert timings(service) == ("30s", "10s", 3, "10s")
        assert service["healthcheck"]["test"] == ["CMD", "/ko-app/starmap", "version"]
        assert service["labels"]["stackctl.probe"] == "8080/api/v1/health"
        assert service["command"] == ["serve", "--host", "0.0.0.0", "--port", "8080"]
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
        assert published(service) == {(LOOPBACK, 8080, 8080)}


def test_starmap_has_its_variables_and_its_keys_as_files() -> None:
    service = model("starmap", "prod")["services"]["starmap"]
    keys = {f"{name}_API_KEY_FILE" for name in ("OPENAI", "ANTHROPIC", "GOOGLE", "GROQ", "DEEPSEEK", "CEREBRAS")}
    assert keys | {"HTTP_HOST", "HTTP_PORT", "LOG_LEVEL", "CORS_ORIGINS"} <= set(service["environment"])
    assert service["environment"]["HTTP_HOST"] == "0.0.0.0"
    targets = {item["source"]: item.get("target") for item in service["secrets"]}
    assert targets["gcp_key"] == "/secrets/gcp-key.json"
    assert len(targets) == 7
    assert service["image"] == "ghcr.io/agentstation/starmap:v0.0.17"


def test_starmap_has_its_limits_in_production() -> None:
    service = model("starmap", "prod")["services"]["starmap"]
    assert service["restart"] == "unless-stopped"
    assert limits(service) == {
        "limits.cpus": "2",
        "limits.memory": "512",
        "reservations.cpus": "0.5",
        "reservations.memory": "256",
    }


# ---------------------------------------------------------------------------------------------------------- Vectora


def test_vectora_dev_has_the_seed_s_services_ports_and_mounts() -> None:
    found = model("vectora", "dev")
    services = found["services"]
    assert set(services) == {"mongodb", "redis", "vectora"}
    assert published(services["mongodb"]) == {(LOOPBACK, 27017, 27017)}
    assert published(services["redis"]) == {(LOOPBACK, 6379, 6379)}
    assert published(services["vectora"]) == {(LOOPBACK, 8080, 8080)}
    assert set(found["volumes"]) == {"mongodb_data", "mongodb_config", "redis_data", "vectora_cache"}
    assert list(found["networks"]) == ["vectora-network"]
    assert timings(services["mongodb"])[:3] == ("10s", "5s", 3)
    assert timings(services["redis"])[:3] == ("10s", "5s", 3)
    assert timings(services["vectora"]) == ("30s", "3s", 3, "5s")
    app = services["vectora"]
    assert {key: value["condition"] for key, value in app["depends_on"].items()} == {
        "mongodb": "service_healthy",
        "redis": "service_healthy",
    }
    assert app["command"] == ["vectora", "server", "--config", "/home/vectora/.config/vectora/config.yaml"]
    assert mounted(app) == {
        "/workspace": "vectora",
        "/home/vectora/.cache/vectora": "vectora_cache",
        "/home/vectora/.config/vectora/config.yaml": "local.yaml",
    }
    assert app["environment"]["VECTORA_MODE"] == "development"
    assert (app["environment"]["LOG_LEVEL"], app["environment"]["LOG_FORMAT"]) == ("debug", "json")
    assert app["user"] == "1000:1000"
    assert "authSource=admin" in app["entrypoint"][2]


def test_vectora_prod_has_no_redis_and_loses_nothing_else() -> None:
    found = model("vectora", "prod")
    services = found["services"]
    assert set(services) == {"mongodb", "vectora"}
    assert mounted(services["mongodb"])["/data/db"] == "mongodb_prod_data"
    assert list(found["networks"]) == ["vectora-network-prod"]
    assert not services["mongodb"].get("ports")
    assert published(services["vectora"]) == {(LOOPBACK, 8080, 8080)}
    assert (services["mongodb"]["restart"], services["vectora"]["restart"]) == ("unless-stopped", "always")
    assert services["mongodb"]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert services["vectora"]["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert services["vectora"]["environment"]["VECTORA_MODE"] == "production"
    assert services["vectora"]["environment"]["LOG_LEVEL"] == "info"
    for service in services.values():
        assert {key: service[key] for key in HARDENED} == HARDENED
        assert service["healthcheck"]["test"]
    assert services["vectora"]["command"] == ["vectora", "server"]
    assert services["vectora"]["depends_on"]["mongodb"]["condition"] == "service_healthy"
    assert limits(services["vectora"])["limits.memory"] == "2048"


def test_vectora_has_a_managed_mode_and_a_debugger_on_the_loopback() -> None:
    services = model("vectora", "dev", "managed", "debug")["services"]
    managed = services["vectora-managed"]
    assert managed["command"] == ["vectora", "server", "--managed-mode"]
    assert managed["environment"]["VECTORA_MODE"] == "managed"
    assert (managed["environment"]["VECTORA_LOG_LEVEL"], managed["environment"]["VECTORA_LOG_FORMAT"]) == (
        "info",
        "json",
    )
    assert managed["init"] is True
    assert timings(managed) == ("10s", "5s", 3, "10s")
    assert {target for _host, _port, target in published(managed)} == {8080, 9090}
    debug = services["vectora-debug"]
    assert published(debug) == {(LOOPBACK, 2345, 2345)}
    assert debug["cap_add"] == ["SYS_PTRACE"]
    assert debug["command"][:2] == ["dlv", "debug"]
    assert "vectora-debug" not in model("vectora", "prod", "managed", "debug")["services"]


# ------------------------------------------------------------------------------------------------------------ Nexus


def test_nexus_has_fourteen_services_and_the_seed_s_access_points() -> None:
    services = model("nexus", "dev")["services"]
    own = {"orchestrator": 8080, "admin-dashboard": 8088, "webhooks": 8087, "analytics": 8089, **AGENTS}
    assert set(services) == {*own, "redis", "prometheus", "grafana", "jaeger"}
    for name, port in own.items():
        assert published(services[name]) == {(LOOPBACK, port, port)}, name
        assert services[name]["environment"]["PORT"] == str(port)
    assert published(services["grafana"]) == {(LOOPBACK, 3000, 3000)}
    assert published(services["prometheus"]) == {(LOOPBACK, 9090, 9090)}
    assert published(services["jaeger"]) == {(LOOPBACK, port, port) for port in (16686, 4317, 4318)}


def test_nexus_has_six_agents_of_one_definition() -> None:
    services = model("nexus", "dev")["services"]
    own = {"environment", "ports", "secrets"}
    shapes = [{key: value for key, value in services[name].items() if key not in own} for name in AGENTS]
    assert all(shape == shapes[0] for shape in shapes)
    for name, port in AGENTS.items():
        environment = services[name]["environment"]
        assert environment["AGENT_NAME"] == name.replace("-", "_")
        assert environment["AGENT_PORT"] == str(port)
        assert environment["REDIS_URL"] == "redis://redis:6379"
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://jaeger:4317"


@pytest.mark.parametrize(
    ("environment", "name", "mock", "llm"),
    [("dev", "development", "true", "mock"), ("prod", "production", "false", "google")],
)
def test_nexus_mocks_in_dev_alone(environment: str, name: str, mock: str, llm: str) -> None:
    services = model("nexus", environment)["services"]
    for agent, key in (("jira-agent", "JIRA"), ("github-agent", "GITHUB"), ("slack-agent", "SLACK")):
        assert services[agent]["environment"][f"{key}_MOCK_MODE"] == mock
        assert services[agent]["environment"]["NEXUS_ENV"] == name
        assert services[agent]["environment"]["LLM_PROVIDER"] == llm


def test_nexus_services_run_as_1000_within_512_mib_and_are_scraped() -> None:
    targets = (ROOT / "stacks/nexus/prometheus/prometheus.yml").read_text()
    for environment in ("dev", "prod"):
        services = model("nexus", environment)["services"]
        for name in ("orchestrator", "admin-dashboard", "webhooks", "analytics", *AGENTS):
            service = services[name]
            assert service["user"] == "1000:1000"
            assert limits(service) == {"limits.memory": "512", "reservations.memory": "256"}
            assert f"{name}:{service['environment']['PORT']}" in targets
            if environment == "prod":
                assert {key: service[key] for key in HARDENED} == HARDENED


# -------------------------------------------------------------------------------------------------------- CodeGraph


def test_codegraph_prod_has_the_seed_s_components_and_volumes() -> None:
    found = model("codegraph", "prod")
    services = found["services"]
    assert set(services) == {"codegraph-api", "redis", "nginx", "prometheus", "grafana"}
    assert {
        "codegraph_data",
        "codegraph_models",
        "codegraph_logs",
        "redis_data",
        "prometheus_data",
        "grafana_data",
    } == set(found["volumes"])
    api = services["codegraph-api"]
    assert api["user"] == "65534:65534"
    assert {key: api[key] for key in HARDENED} == HARDENED
    assert api["oom_score_adj"] == 100
    assert "noexec" in api["tmpfs"][0]
    assert "nosuid" in api["tmpfs"][0]
    assert limits(api) == {
        "limits.cpus": "2",
        "limits.memory": "1024",
        "limits.pids": "1000",
        "reservations.cpus": "1",
        "reservations.memory": "512",
    }
    assert {key: value["condition"] for key, value in api["depends_on"].items()} == {
        "redis": "service_healthy",
        "prometheus": "service_started",
    }
    assert api["logging"]["options"] == {
        "max-size": "100m",
        "max-file": "3",
        "labels": "com.docker.compose.service",
    }
    assert api["restart"] == "on-failure:3"
    assert published(api) == {(LOOPBACK, 3000, 3000)}


def test_codegraph_has_its_variables() -> None:
    environment = model("codegraph", "prod")["services"]["codegraph-api"]["environment"]
    assert {key: environment[key] for key in environment if not key.endswith("_FILE")} == {
        "SERVER_HOST": "0.0.0.0",
        "SERVER_PORT": "3000",
        "RUST_LOG": "info",
        "ROCKSDB_PATH": "/app/data/rocksdb",
        "FAISS_INDEX_PATH": "/app/data/faiss",
        "OPENAI_MODEL": "gpt-3.5-turbo",
        "METRICS_PORT": "9090",
        "PROMETHEUS_ENABLED": "true",
        "REDIS_URL": "redis://redis:6379",
        "MALLOC_CONF": "background_thread:true,metadata_thp:auto",
        "TOKIO_WORKER_THREADS": "4",
        "ROCKSDB_BLOCK_CACHE_SIZE": "256MB",
        "OMP_NUM_THREADS": "4",
    }
    targets = (ROOT / "stacks/codegraph/prometheus/prometheus.yml").read_text()
    assert "codegraph-api:9090" in targets


def test_codegraph_dev_adds_postgres_and_tools_in_a_profile() -> None:
    plain = model("codegraph", "dev")["services"]
    services = model("codegraph", "dev", "tools")["services"]
    assert set(services) - set(plain) == {"adminer", "jupyter", "redis-commander"}
    assert published(services["postgres"]) == {(LOOPBACK, 5432, 5432)}
    assert published(services["adminer"]) == {(LOOPBACK, 8081, 8080)}
    assert published(services["jupyter"]) == {(LOOPBACK, 8888, 8888)}
    assert published(services["grafana"]) == {(LOOPBACK, 3001, 3000)}
    assert (LOOPBACK, 3000, 3000) in published(services["codegraph-api"])
    assert services["codegraph-api"]["environment"]["DEBUG_MODE"] == "true"
    assert services["codegraph-api"]["environment"]["HOT_RELOAD"] == "true"
    assert limits(services["codegraph-api"])["limits.cpus"] == "2"
    wide = model("codegraph", "dev", CODEGRAPH_CPUS="4.0")["services"]["codegraph-api"]
    assert (limits(wide)["limits.cpus"], limits(wide)["reservations.cpus"]) == ("4", "4")
    assert limits(services["codegraph-api"])["limits.memory"] == "2048"
    assert "ipam" not in str(
        model("codegraph", "dev")["networks"]["codegraph_network"].get("ipam", {}).get("config", "")
    )


def test_codegraph_s_proxy_gets_key_and_certificate_as_secrets() -> None:
    found = model("codegraph", "prod")
    assert {item["source"] for item in found["services"]["nginx"]["secrets"]} == {"tls_key", "tls_cert"}
    assert "tls_ca_key" not in found["secrets"]
    configuration = (ROOT / "stacks/codegraph/nginx/nginx.conf").read_text()
    assert "ssl_certificate_key /run/secrets/tls_key;" in configuration
