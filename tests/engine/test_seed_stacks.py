"""The four seed stacks on a real engine: all dev stacks at once, then each in prod; verify, backup, logs and urls."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.engine.cli import RUN, Answer, Cli, container, docker, eventually, http, inspect, states, sweep
from tests.engine.seeds import SEEDS, seed_workspace

# One worker for all: the stacks of one workspace run side by side, and are started once.
pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("seeds")]

STANDINS = {"starmap": {"starmap"}, "vectora": {"vectora"}, "codegraph": {"codegraph-api"}}
STANDINS["nexus"] = {
    *("orchestrator", "admin-dashboard", "analytics", "webhooks"),
    *(f"{name}-agent" for name in ("jira", "github", "slack", "reporting", "hygiene", "rca")),
}


@pytest.fixture(scope="module")
def seeds(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    parent = tmp_path_factory.mktemp("seeds")
    cli = seed_workspace(parent / f"{RUN}seeds", parent / "home")
    yield cli
    sweep(cli.token)


@dataclass
class Started:
    """Starts a stack in dev when a test first asks for it; each stays up, so that the last ones join all others."""

    cli: Cli
    answers: dict[str, Answer] = field(default_factory=dict)

    def __call__(self, *names: str) -> Cli:
        for name in names:
            if name not in self.answers:
                words = ("up", "dev", "-s", name, "--images", "local", "--json")
                self.answers[name] = self.cli(*words, timeout=600)
        return self.cli


@pytest.fixture(scope="module")
def started(seeds: Cli) -> Started:
    return Started(seeds)


def project(cli: Cli, name: str, environment: str = "dev") -> str:
    return f"{cli.token}-{name}-{environment}"


def url(cli: Cli, name: str, service: str, label: str = "", environment: str = "dev") -> str:
    rows = cli("urls", environment, service, "-s", name, "--json").data["urls"]
    found: str = next(row["url"] for row in rows if not label or row["label"] == label)
    return found


@pytest.mark.parametrize("name", SEEDS)
def test_a_dev_stack_is_well_beside_the_others_and_says_who_stands_in(name: str, seeds: Cli, started: Started) -> None:
    started(*SEEDS)

    def well() -> bool:
        status = seeds("status", "dev", "-s", name, "--json").data["projects"][0]
        rows = {row["service"]: row for row in status["services"]}
        assert {service for service, row in rows.items() if row["standin"]} == STANDINS[name]
        return all(row["state"] == "running" and row["health"] in ("healthy", None) for row in rows.values())

    # The seeds' own probes have short limits: while another stack starts on two processors one may be late.
    eventually(well, f"{name} is well", patience=240)
    kinds = {row["service"]: row["kind"] for row in seeds("images", "dev", "-s", name, "--json").data["images"]}
    assert {service for service, kind in kinds.items() if kind == "stand-in"} == STANDINS[name]


def test_a_stack_without_its_environment_is_that_stack_alone(seeds: Cli, started: Started) -> None:
    started(*SEEDS)

    def projects(*words: str) -> list[str]:
        return [item["project"] for item in seeds(*words, "--json").data["projects"]]

    assert projects("status") == sorted(project(seeds, name) for name in SEEDS)
    for name in SEEDS:
        assert projects("status", "-s", name) == [project(seeds, name)]
        assert projects("down", "--all", "-s", name, "--dry-run") == [project(seeds, name)]


@pytest.mark.parametrize("name", SEEDS)
def test_a_dev_stack_passes_verify(name: str, seeds: Cli, started: Started) -> None:
    started(name)
    # What a young Prometheus has not seen twice yet comes with the next scrapes.
    last: list[Answer] = []

    def passed() -> bool:
        last[:] = [seeds("verify", "dev", "-s", name, "--timeout", "90s", code=None)]
        return last[0].code == 0

    eventually(passed, f"verify of {name}", patience=240)


@pytest.mark.parametrize("name", SEEDS)
def test_a_dev_stack_is_backed_up_and_logged(name: str, seeds: Cli, started: Started) -> None:
    started(name)
    saved = seeds("backup", "-e", "dev", "-s", name, timeout=600).out
    assert "saved as" in saved
    assert ", verified" in saved
    service = sorted(STANDINS[name])[0]
    assert "started" in seeds("logs", service, "-e", "dev", "-s", name).out


def test_the_standins_answer_where_the_seeds_say(seeds: Cli, started: Started) -> None:
    started(*SEEDS)
    health = http(url(seeds, "starmap", "starmap"))
    assert health.json["status"] == "healthy"
    assert set(health.json) == {"status", "version", "timestamp"}
    assert http(f"{url(seeds, 'vectora', 'vectora')}/ready").json["checks"] == {"mongodb": "ok", "redis": "ok"}
    for agent in ("orchestrator", "jira-agent", "rca-agent"):
        assert "http_requests_total" in http(f"{url(seeds, 'nexus', agent)}/metrics").body
    assert http(f"{url(seeds, 'codegraph', 'codegraph-api')}/health").status == 200


def test_nexus_traces_reach_jaeger(seeds: Cli, started: Started) -> None:
    started("nexus")
    http(url(seeds, "nexus", "orchestrator"))
    jaeger = url(seeds, "nexus", "jaeger", "Jaeger")
    eventually(lambda: "orchestrator" in http(f"{jaeger}/api/services").json["data"], "a trace of the orchestrator")


def test_codegraph_s_proxy_speaks_tls_of_the_local_authority(seeds: Cli, started: Started) -> None:
    started("codegraph")
    secrets = seeds.home / "projects" / project(seeds, "codegraph") / "secrets"
    port = url(seeds, "codegraph", "nginx").rpartition(":")[2]
    trusting = ssl.create_default_context(cafile=str(secrets / "tls_ca"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    with opener.open(f"https://localhost:{port}/health", timeout=20) as answer:
        assert answer.status == 200
    number = container(project(seeds, "codegraph"), "nginx")
    key = (secrets / "tls_key").read_text().splitlines()[1]
    assert key not in docker("inspect", number)
    assert key not in seeds("secrets", "list", "-e", "dev", "-s", "codegraph").text


def test_postgres_has_its_login_its_client_and_its_log(seeds: Cli, started: Started) -> None:
    started("codegraph")
    said = seeds("client", "postgres", "-e", "dev", "-s", "codegraph", "--", "-Atc", "select current_user, 40 + 2")
    assert said.out.strip() == "codegraph|42"
    rows = seeds("urls", "dev", "postgres", "-s", "codegraph", "--json").data["urls"]
    assert rows[0]["url"].startswith("postgresql://127.0.0.1:")
    lines = seeds("logs", "postgres", "-e", "dev", "-s", "codegraph").out
    assert "database system is ready to accept connections" in lines


def test_signals_reach_a_service_without_the_tools(seeds: Cli, started: Started) -> None:
    started("codegraph")
    number = container(project(seeds, "codegraph"), "codegraph-api")
    docker("kill", "--signal", "USR1", number)
    eventually(lambda: "log level changed" in docker("logs", number), "the answer to USR1")
    docker("kill", "--signal", "USR2", number)
    eventually(lambda: '"objects"' in docker("logs", number), "the answer to USR2")


def test_a_registry_that_does_not_answer_is_an_error_where_no_stand_in_is_wanted(seeds: Cli, started: Started) -> None:
    started("starmap")
    wanted = f"registry.invalid/{seeds.token}/starmap:1"
    answer = seeds(
        "up", "dev", "-s", "starmap", "--images", "registry", "--json", env={"STARMAP_IMAGE": wanted}, code=5
    )
    assert wanted in answer.error["message"]
    assert "stand in" in answer.error["hint"]
    assert states(project(seeds, "starmap")) == {"starmap": "running (healthy)"}


def test_keys_that_nobody_gave_are_empty_files_and_one_of_them_is_asked_for(seeds: Cli, started: Started) -> None:
    started("starmap")
    check = seeds("env", "check", "dev", "-s", "starmap", "--json")
    assert [item["code"] for item in check.envelope["findings"]] == ["none-of-group"]
    rows = seeds("secrets", "list", "-e", "dev", "-s", "starmap", "--json").data["secrets"]
    assert {row["state"] for row in rows} == {"empty"}
    seeds("secrets", "set", "groq_api_key", "-e", "dev", "-s", "starmap", stdin="canary7f7f7f7f7f\n")
    assert seeds("env", "check", "dev", "-s", "starmap", "--json").envelope["findings"] == []
    seeds("up", "dev", "-s", "starmap", "--images", "local")
    assert http(url(seeds, "starmap", "starmap").partition("/api")[0]).json["features"]["GROQ_API_KEY"] is True
    number = container(project(seeds, "starmap"), "starmap")
    assert "canary7f7f7f7f7f" not in docker("inspect", number) + docker("logs", number)


@pytest.mark.parametrize("name", SEEDS)
def test_a_prod_stack_is_well_beside_dev_whose_ports_it_wants(name: str, seeds: Cli, started: Started) -> None:
    """Its ports are taken by dev: x-stackctl.auto_ports moves them without a flag."""
    started(name)
    try:
        seeds("up", "prod", "-s", name, "--images", "local", "--json", timeout=600)
        assert not set(_ports(seeds, name, "prod")) & set(_ports(seeds, name, "dev"))
        for service in STANDINS[name]:
            (facts,) = inspect(container(project(seeds, name, "prod"), service))
            assert facts["HostConfig"]["ReadonlyRootfs"] is True
            assert facts["HostConfig"]["CapDrop"] == ["ALL"]
        seeds("verify", "prod", "-s", name, "--only", "services,network", "--timeout", "90s")
    finally:
        seeds("down", "prod", "-s", name, "--volumes", "--yes", code=None)


def _ports(cli: Cli, name: str, environment: str) -> list[str]:
    rows = cli("urls", environment, "-s", name, "--json").data["urls"]
    return [row["url"].partition("://")[2].partition("/")[0].rpartition(":")[2] for row in rows]
