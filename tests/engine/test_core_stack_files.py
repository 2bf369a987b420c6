"""The files of the core stack, read the way Docker and the services read them. Starts no stack."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from core_app.metrics import Metrics
from scripts.dashboards.__main__ import files as generated
from stackctl.services.registry import derivers, drivers

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
STACK = ROOT / "stacks" / "core"
TEMPLATES = ROOT / "env" / "core"
ENVIRONMENTS = ("dev", "prod")
ALWAYS = {"mongodb", "redis", "core"}
OPTIONAL = {"prometheus", "grafana", "jaeger", "jaeger-init", "redis-exporter"}
SECRETS = {"mongo_root", "redis_password", "redis_acl", "redis_exporter", "redis_exporter_file", "grafana_admin"}
UNMOUNTED = {"redis_exporter"}  # only what is derived of it is read
CANARY = "canary0f0f0f0f"
Json = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One variable of a template: its comment lines and its value."""

    name: str
    value: str
    comment: str

    @property
    def secret(self) -> str | None:
        found = re.search(r"# stackctl: (?:generate|derive)=\S+ file=(\S+)", self.comment)
        return found[1] if found else None


def template(name: str) -> list[Item]:
    items: list[Item] = []
    comment: list[str] = []
    for line in (TEMPLATES / f"{name}.env.template").read_text().splitlines():
        if found := re.fullmatch(r"([A-Z0-9_]+)=(.*)", line):
            items.append(Item(found[1], found[2], "\n".join(comment)))
            comment = []
        elif line.startswith("#"):
            comment.append(line)
        else:
            assert not line, f"{name}: neither variable nor comment: {line}"
            comment = []
    return items


def defaults(environment: str) -> dict[str, str]:
    """What an env file of this environment holds: the base template, then that of the environment, no secrets."""
    items = [*template("base"), *template(environment)]
    return {item.name: item.value for item in items if not item.secret}


def files() -> list[Path]:
    return [STACK / f"{name}.yml" for name in ("base", *ENVIRONMENTS)]


@dataclass(frozen=True)
class Lab:
    """Made-up secrets and env files in a folder of the test's own."""

    folder: Path

    def compose(self, environment: str, variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        env_file = self.folder / f"{environment}.env"
        env_file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        command = ["docker", "compose", "-p", f"corelab-files-{environment}", "--project-directory", str(STACK)]
        for file in ("base", environment):
            command += ["-f", str(STACK / f"{file}.yml")]
        return run([*command, "--env-file", str(env_file), *words])

    def variables(self, environment: str) -> dict[str, str]:
        return defaults(environment) | {"STACKCTL_SECRETS_DIR": str(self.folder / "secrets")}

    def config(self, environment: str, **changes: str) -> Json:
        answer = self.compose(environment, self.variables(environment) | changes, "config", "--format", "json")
        assert answer.returncode == 0, answer.stderr
        model: Json = json.loads(answer.stdout)
        return model

    def services(self, environment: str, **changes: str) -> dict[str, Json]:
        services: dict[str, Json] = self.config(environment, **changes)["services"]
        return services


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # A variable of the shell wins over an env file in Compose: only what docker itself needs is passed on.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT") if name in os.environ}
    return subprocess.run(command, env=kept, capture_output=True, text=True, timeout=120, check=False)


def image(service: str) -> str:
    """The local image of a service, or the official one where that is present; a missing image fails the test."""
    official = defaults("dev")[f"{service.upper().replace('-', '_')}_IMAGE"]
    for name in (f"stackctl/{service}:local", official):
        if run(["docker", "image", "inspect", name]).returncode == 0:
            return name
    pytest.fail(f"neither stackctl/{service}:local nor {official} is here: make images")


def mount(source: Path, target: str) -> list[str]:
    return ["--volume", f"{source}:{target}:ro"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("core")
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    for name in SECRETS:
        (secrets / name).write_text(f"{CANARY}-{name}")
    make = derivers()
    passwords = [f"{CANARY}-redis_password", f"{CANARY}-redis_exporter"]
    (secrets / "redis_acl").write_text(make["redis-acl"](passwords))
    (secrets / "redis_exporter_file").write_text(make["redis-exporter-file"](passwords[1:]))
    return Lab(folder)


def running(services: dict[str, Json]) -> dict[str, Json]:
    return {name: service for name, service in services.items() if service.get("restart") != "no"}


# --------------------------------------------------------------------------------------------------- both environments


@pytest.mark.parametrize("environment", ENVIRONMENTS)
class TestBoth:
    def test_all_services_are_there_and_three_without_the_profile(self, lab: Lab, environment: str) -> None:
        assert set(lab.services(environment)) == ALWAYS | OPTIONAL
        assert set(lab.services(environment, COMPOSE_PROFILES="")) == ALWAYS

    def test_no_secret_value_is_in_the_model(self, lab: Lab, environment: str) -> None:
        model = lab.config(environment)
        assert CANARY not in json.dumps(model)
        assert {Path(secret["file"]).name for secret in model["secrets"].values()} == SECRETS - UNMOUNTED
        for name, service in model["services"].items():
            for variable, value in (service.get("environment") or {}).items():
                if "PASSWORD" in variable:
                    assert value.startswith("/run/secrets/"), f"{name}: {variable}"

    def test_without_the_secret_directory_compose_says_what_is_missing(self, lab: Lab, environment: str) -> None:
        answer = lab.compose(environment, {}, "config", "--quiet")
        assert answer.returncode != 0
        assert "STACKCTL_SECRETS_DIR" in answer.stderr

    def test_templates_and_files_have_the_same_defaults(self, lab: Lab, environment: str) -> None:
        only = {name: lab.variables(environment)[name] for name in ("STACKCTL_SECRETS_DIR", "COMPOSE_PROFILES")}
        bare = lab.compose(environment, only, "config", "--format", "json")
        assert bare.returncode == 0, bare.stderr
        assert json.loads(bare.stdout) == lab.config(environment)

    def test_every_variable_is_in_a_template_and_every_template_variable_is_used(
        self, lab: Lab, environment: str
    ) -> None:
        text = "".join((STACK / f"{name}.yml").read_text() for name in ("base", environment))
        used = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text))
        assert used == set(defaults(environment))

    def test_without_the_profile_the_app_sends_its_traces_nowhere(self, lab: Lab, environment: str) -> None:
        on = lab.services(environment)["core"]["environment"]
        off = lab.services(environment, COMPOSE_PROFILES="")["core"]["environment"]
        own = lab.services(environment, COMPOSE_PROFILES="", OTEL_EXPORTER_OTLP_ENDPOINT="http://c:1")["core"][
            "environment"
        ]
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        assert (on[name], off[name], own[name]) == ("http://jaeger:4318", "", "http://c:1")

    def test_health_checks_prove_themselves_on_loopback_and_ask_often_at_the_start(
        self, lab: Lab, environment: str
    ) -> None:
        for name, service in running(lab.services(environment)).items():
            check = service["healthcheck"]
            assert "localhost" not in " ".join(check["test"]), name
            assert check["start_interval"] == "1s", name
            assert check["start_period"], name

    def test_dependencies_wait_for_health_and_never_for_an_optional_service(self, lab: Lab, environment: str) -> None:
        services = lab.services(environment)
        assert set(services["core"]["depends_on"]) == {"mongodb", "redis"}
        for name, service in services.items():
            for other, how in (service.get("depends_on") or {}).items():
                one_shot = services[other].get("restart") == "no"
                wanted = "service_completed_successfully" if one_shot else "service_healthy"
                assert how["condition"] == wanted, name
                assert name in OPTIONAL or other in ALWAYS, f"{name} waits for {other}, whose profile may be off"

    def test_backing_services_are_labelled_and_one_shots_too(self, lab: Lab, environment: str) -> None:
        services = lab.services(environment)
        for name in ("mongodb", "redis", "prometheus", "grafana", "jaeger", "redis-exporter"):
            assert services[name]["labels"]["stackctl.service"] == name
        assert services["jaeger-init"]["labels"] == {"stackctl.oneshot": "true", "stackctl.recipe": "tools"}

    def test_what_is_mounted_from_the_stack_exists_and_cannot_be_written(self, lab: Lab, environment: str) -> None:
        for name, service in lab.services(environment).items():
            for volume in service.get("volumes", []):
                if volume["type"] == "bind":
                    assert Path(volume["source"]).exists(), volume["source"]
                    assert Path(volume["source"]).is_relative_to(STACK), name
                    assert volume["read_only"], f"{name}: {volume['target']}"

    def test_every_log_is_rotated(self, lab: Lab, environment: str) -> None:
        for name, service in lab.services(environment).items():
            assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name

    def test_images_are_pinned(self, lab: Lab, environment: str) -> None:
        for name, service in lab.services(environment).items():
            if "build" in service:
                assert "image" not in service, "its name must follow the project, or two checkouts share it"
            else:
                tag = service["image"].rpartition(":")[2]
                assert re.search(r"\d+\.\d+", tag), f"{name}: {service['image']}"

    def test_every_state_has_a_volume(self, lab: Lab, environment: str) -> None:
        paths = {
            "mongodb": {"/data/db", "/data/configdb"},
            "redis": {"/data"},
            "prometheus": {"/prometheus"},
            "grafana": {"/var/lib/grafana"},
            "jaeger": {"/badger"},
        }
        services = lab.services(environment)
        for name, wanted in paths.items():
            assert {v["target"] for v in services[name]["volumes"] if v["type"] == "volume"} == wanted, name


# ------------------------------------------------------------------------------------------------------------------ dev


def test_dev_publishes_every_service_on_loopback_only(lab: Lab) -> None:
    ports = {name: service.get("ports", []) for name, service in lab.services("dev").items()}
    assert {name for name, published in ports.items() if published} == (ALWAYS | OPTIONAL) - {"jaeger-init"}
    assert {port["host_ip"] for published in ports.values() for port in published} == {"127.0.0.1"}


def test_dev_ports_are_variables(lab: Lab) -> None:
    names = [name for name in defaults("dev") if name.endswith("_PORT")]
    changes = {name: str(20000 + number) for number, name in enumerate(names)}
    services = lab.services("dev", **changes)
    published = {port["published"] for service in services.values() for port in service.get("ports", [])}
    assert published == set(changes.values())


def test_dev_runs_the_app_from_its_sources_and_keeps_every_trace(lab: Lab) -> None:
    core = lab.services("dev")["core"]
    assert [volume["source"] for volume in core["volumes"]] == [str(STACK / "app" / "core_app")]
    assert core["environment"]["RELOAD"] == "true"
    assert core["environment"]["LOG_LEVEL"] == "debug"
    assert core["environment"]["OTEL_TRACES_SAMPLER"] == "parentbased_always_on"


# ----------------------------------------------------------------------------------------------------------------- prod


def test_prod_publishes_the_app_alone_and_beside_dev(lab: Lab) -> None:
    published = {name: service["ports"] for name, service in lab.services("prod").items() if service.get("ports")}
    assert set(published) == {"core"}
    (port,) = published["core"]
    assert port["host_ip"] == "127.0.0.1"
    dev = {port["published"] for service in lab.services("dev").values() for port in service.get("ports", [])}
    assert port["published"] not in dev


def test_prod_separates_its_networks(lab: Lab) -> None:
    model = lab.config("prod")
    assert set(model["networks"]) == {"edge", "data", "observability"}
    assert model["networks"]["data"]["internal"]
    members = {name: set(service.get("networks") or ()) for name, service in model["services"].items()}
    assert members == {
        "core": {"edge", "data"},
        "mongodb": {"data"},
        "redis": {"data"},
        "redis-exporter": {"data"},
        "prometheus": {"observability", "data"},
        "jaeger": {"observability", "data"},
        "grafana": {"observability"},
        "jaeger-init": set(),
    }


def test_prod_takes_every_right_away(lab: Lab) -> None:
    for name, service in lab.services("prod").items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name


def test_prod_services_run_as_numbers_that_are_not_root_and_start_again(lab: Lab) -> None:
    users = {}
    for name, service in running(lab.services("prod")).items():
        users[name] = service["user"]
        assert not service.get("cap_add"), name
        assert service["restart"] == "unless-stopped", name
        for entry in service["tmpfs"]:
            assert re.search(r"size=\d+m", entry), name
            assert "noexec" in entry, name
    assert users == {
        "mongodb": "999:999",
        "redis": "999:999",
        "prometheus": "65534:65534",
        "grafana": "472:0",
        "jaeger": "10001:10001",
        "core": "10000:10000",
        "redis-exporter": "59000:59000",
    }


def test_prod_runs_what_is_in_the_image(lab: Lab) -> None:
    core = lab.services("prod")["core"]
    assert not core.get("volumes")
    assert "RELOAD" not in core["environment"]
    assert core["environment"]["OTEL_TRACES_SAMPLER"] == "parentbased_traceidratio"


# -------------------------------------------------------------------------------------------- files and templates alone


def test_settings_of_stackctl_are_in_base_alone() -> None:
    documents = {file.stem: yaml.safe_load(file.read_text()) for file in files()}
    assert documents["base"]["x-stackctl"] == {"default": True}
    assert all("x-stackctl" not in documents[name] for name in ENVIRONMENTS)
    for document in documents.values():
        assert "version" not in document
        assert all("container_name" not in service for service in document["services"].values())


@pytest.mark.parametrize("name", ["base", *ENVIRONMENTS])
def test_every_template_variable_is_described_and_plain(name: str) -> None:
    for item in template(name):
        assert re.search(r"^# @.*type=", item.comment, re.MULTILINE), f"{item.name} has no type"
        assert re.match(r"# \w", item.comment), f"{item.name} is not described"
        assert "$" not in item.value, f"{item.name} holds a reference"
        assert re.fullmatch(r"[\w./:@-]*", item.value), f"{item.name} needs quotes"
        if item.secret:
            assert not item.value, f"{item.name} is a secret with a value in a template"
            assert "@sensitive" in item.comment, item.name


def test_the_templates_make_every_secret_of_the_stack() -> None:
    made = {item.secret for name in ("base", *ENVIRONMENTS) for item in template(name) if item.secret}
    assert made == SECRETS
    assert set(yaml.safe_load((STACK / "base.yml").read_text())["secrets"]) == SECRETS - UNMOUNTED


def test_no_file_names_an_index_a_mirror_or_a_moving_tag() -> None:
    requirements = (STACK / "app" / "requirements.txt").read_text()
    assert not re.search(r"https?://|--index-url|--find-links|--trusted-host", requirements)
    dockerfile = (STACK / "app" / "Dockerfile").read_text()
    assert not re.search(r"^#\s*syntax=", dockerfile, re.MULTILINE)
    assert not re.search(r"https?://|:latest", dockerfile)


# ------------------------------------------------------------------------------------- what the services themselves say


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """promtool with the stack's folder at /etc/prometheus and, for the tests' own paths, beside it."""
    folder = STACK / "prometheus"
    return run(
        [
            "docker",
            "run",
            "--rm",
            *mount(folder, "/etc/prometheus"),
            "--entrypoint",
            "promtool",
            image("prometheus"),
            *words,
        ]
    )


def test_prometheus_accepts_its_configuration_and_its_rules() -> None:
    answer = promtool("check", "config", "/etc/prometheus/prometheus.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "1 rule files found" in answer.stdout
    answer = promtool("check", "rules", "/etc/prometheus/rules/core.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def rules() -> dict[str, Json]:
    groups = yaml.safe_load((STACK / "prometheus" / "rules" / "core.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_every_alert_fires_where_it_should_and_only_there() -> None:
    answer = promtool("test", "rules", "/etc/prometheus/tests/core.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    cases = yaml.safe_load((STACK / "prometheus" / "tests" / "core.yml").read_text())["tests"]
    seen: dict[str, set[bool]] = {}
    for case in cases:
        for check in case["alert_rule_test"]:
            labels = [alert["exp_labels"] for alert in check["exp_alerts"]]
            seen.setdefault(check["alertname"], set()).add(bool(labels))
            if len(case["input_series"]) > len(labels) > 0:
                seen[check["alertname"]].add(False)  # another series of the same case does not fire
    assert seen == {name: {True, False} for name in rules()}


@pytest.mark.parametrize("name", sorted(rules()))
def test_an_alert_says_which_panel_shows_it(name: str) -> None:
    rule = rules()[name]
    note = rule["annotations"]
    assert set(note) == {"summary", "description", "dashboard", "panel"}
    board = json.loads((STACK / "grafana" / "dashboards" / f"{note['dashboard']}.json").read_text())
    (panel,) = (panel for panel in board["panels"] if str(panel["id"]) == note["panel"])
    shown = " ".join(target["expr"] for target in panel["targets"])
    words = set(re.findall(r"[a-z]+(?:_[a-z]+){2,}|\bup\b|redis_up", rule["expr"]))
    assert any(word.removesuffix("_bucket") in shown for word in words), f"{panel['title']} shows none of {words}"


def test_prometheus_reads_services_of_this_stack(lab: Lab) -> None:
    jobs = yaml.safe_load((STACK / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    services = lab.services("dev")
    fixed = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in jobs if "static_configs" in job}
    wanted = {name: service["labels"].get("stackctl.scrape", "").split() for name, service in services.items()}
    assert set(fixed) == {job for found in wanted.values() for job in found}
    for job, target in fixed.items():
        host, _colon, _port = target.partition(":")
        if host != "127.0.0.1":
            assert job in wanted[host], f"{job} reads {host}"
    assert fixed["core"] == f"core:{services['core']['environment']['LISTEN_PORT']}"
    (looked_up,) = (job for job in jobs if "dns_sd_configs" in job)
    page = drivers()["mongodb"].local_page
    assert page is not None
    assert (looked_up["job_name"], looked_up["dns_sd_configs"][0]["names"]) == (page.job, [page.alias])


def test_jaeger_accepts_its_configuration() -> None:
    mounts = mount(STACK / "jaeger" / "config.yml", "/etc/jaeger/config.yml")
    answer = run(["docker", "run", "--rm", *mounts, image("jaeger"), "validate", "--config", "/etc/jaeger/config.yml"])
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_redis_accepts_its_configuration_and_the_login_made_for_it(lab: Lab) -> None:
    # Started, asked and stopped within one container; the password file is read there, as the health check reads it.
    script = (
        "redis-server /etc/stackctl/redis.conf --daemonize yes --dir /tmp >/dev/null; "
        "for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; redis-cli ping >/dev/null 2>&1 && break; done; "
        'redis-cli -e ping; REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli -e ping'
    )
    mounts = mount(STACK / "redis" / "redis.conf", "/etc/stackctl/redis.conf")
    for name in ("redis_acl", "redis_password"):
        mounts += mount(lab.folder / "secrets" / name, f"/run/secrets/{name}")
    user = ["--user", "999:999"]
    answer = run(["docker", "run", "--rm", *user, *mounts, "--entrypoint", "sh", image("redis"), "-c", script])
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "NOAUTH" in answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == "PONG"
    assert CANARY not in answer.stdout + answer.stderr


def test_the_mongodb_probe_fails_without_a_server_and_keeps_the_password_to_itself(lab: Lab) -> None:
    check = lab.services("prod")["mongodb"]["healthcheck"]["test"]
    assert check[0] == "CMD-SHELL"
    environment = ["MONGO_INITDB_ROOT_USERNAME=root", "MONGO_INITDB_ROOT_PASSWORD_FILE=/run/secrets/mongo_root"]
    words = [word for variable in environment for word in ("--env", variable)]
    words += mount(STACK / "mongodb" / "health.js", "/etc/stackctl/health.js")
    words += mount(STACK / "mongodb" / "mongosh.conf", "/etc/mongosh.conf")
    words += mount(lab.folder / "secrets" / "mongo_root", "/run/secrets/mongo_root")
    shell = ["--user", "999:999", "--entrypoint", "sh", image("mongodb"), "-c", check[1]]
    answer = run(["docker", "run", "--rm", *words, *shell])
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "Mongo" in answer.stdout + answer.stderr, "the output names the error"
    assert CANARY not in answer.stdout + answer.stderr


def test_grafana_provisioning_names_what_exists() -> None:
    provisioning = STACK / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "core.yml").read_text())["datasources"]
    assert {source["uid"]: source["url"] for source in sources} == {
        "prometheus": "http://prometheus:9090",
        "jaeger": "http://jaeger:16686",
    }
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "core.yml").read_text())["providers"]
    base = yaml.safe_load((STACK / "base.yml").read_text())["services"]["grafana"]["volumes"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in base


BOARDS = sorted((STACK / "grafana" / "dashboards").glob("*.json"))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_asks_for_metrics_that_the_app_has(path: Path) -> None:
    board = json.loads(path.read_text())
    assert board["uid"] == path.stem
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["description"], panel["title"]
        assert defaults["unit"], panel["title"]
        assert defaults["noValue"], panel["title"]
    targets = [target for panel in panels for target in panel["targets"]]
    assert {target["datasource"]["uid"] for target in targets} == {"prometheus"}
    offered = Metrics().render()[0].decode()
    for target in targets:
        for name in re.findall(r"\b((?:http|cache|store)_[a-z_]+?)(?:_bucket|_count)?[{\[ ]", target["expr"] + " "):
            if name not in ("http_route",):
                assert f"# TYPE {name.removesuffix('_total')}" in offered or f"# TYPE {name} " in offered, name


def test_the_dashboards_are_what_their_generator_makes() -> None:
    made = generated()
    assert {path.name: path.read_text() for path in BOARDS} == made, "run: python -m scripts.dashboards"
