"""`stackctl` on the core stack: dev and prod side by side, on real services.

All tests share one workspace; a test that changes dev asks for `mended`, which leaves it healthy.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import yaml

from tests.engine.cli import (
    Cli,
    Json,
    container,
    containers,
    docker,
    eventually,
    http,
    inspect,
    run_in,
    started,
    states,
    volumes,
)

if TYPE_CHECKING:
    from tests.engine.conftest import Core

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("core")]

SERVICES = {"mongodb", "redis", "prometheus", "grafana", "jaeger", "core", "redis-exporter"}
HEALTHY = {**dict.fromkeys(SERVICES, "running (healthy)"), "jaeger-init": "exited (0)"}
SECRETS = ("mongo_root", "redis_password", "redis_acl", "redis_exporter", "redis_exporter_file", "grafana_admin")
OBSERVERS = {"prometheus", "jaeger", "jaeger-init", "grafana", "redis-exporter"}

# The password is read in the container: arguments show in `ps`, on the host too.
FIND_ITEM = """
const fs = require("fs"), os = require("os");
const password = fs.readFileSync(process.env.MONGO_INITDB_ROOT_PASSWORD_FILE, "utf8").trim();
const login = `${process.env.MONGO_INITDB_ROOT_USERNAME}:${encodeURIComponent(password)}`;
const db = connect(`mongodb://${login}@${os.hostname()}:27017/admin`);
const item = db.getSiblingDB("core").items.findOne({ _id: ObjectId("ITEM") });
print(item ? JSON.stringify({ name: item.name, quantity: Number(item.quantity) }) : "null");
"""
CACHED = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" exec redis-cli -e get "$1"'


def new_item(core: Core, name: str, **headers: str) -> str:
    answer = http(core.url("core") + "/items", body={"name": name, "quantity": 3, "tags": []}, headers=headers)
    assert answer.status == 201, answer
    number: str = answer.json["id"]
    return number


def stored(core: Core, item: str) -> Any:
    """The item as MongoDB holds it, asked past the app."""
    script = 'HOME=/tmp exec mongosh --quiet --norc --nodb --eval "$1"'
    printed = run_in(container(core.project, "mongodb"), script, FIND_ITEM.replace("ITEM", item))
    return json.loads(printed.splitlines()[-1])


def row(answer: Json, service: str) -> Json:
    found: Json = next(item for item in answer["services"] if item["service"] == service)
    return found


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def differing(core: Core) -> set[str]:
    """The services that plain Compose would recreate: its digest of the definition is not the container's."""
    line = core.cli("compose", core.environment, "--print").out.strip()
    wanted = dict(text.split() for text in core.cli.shell(f"{line} config --hash '*'").out.splitlines())
    labels = [facts["Config"]["Labels"] for ids in containers(core.project).values() for facts in inspect(*ids)]
    return {
        label["com.docker.compose.service"]
        for label in labels
        if label["com.docker.compose.config-hash"] != wanted[label["com.docker.compose.service"]]
    }


# --------------------------------------------------------------------------------------------------------- the start


class TestStart:
    def test_the_envelope_names_every_service(self, dev: Core) -> None:
        first = dev.first
        assert first["command"] == "up"
        assert first["ok"] is True
        assert first["error"] is None
        data = first["data"]
        assert data["unchanged"] is False
        assert data["project"] == f"{dev.cli.folder.name}-core-dev"
        assert {item["service"] for item in data["services"]} == set(HEALTHY)
        assert {item["state"] for item in data["services"] if item["service"] != "jaeger-init"} == {"ready"}
        assert row(data, "jaeger-init")["state"] == "done"
        assert all(item["seconds"] > 0 for item in data["services"])
        assert row(data, "core")["urls"][0].startswith("http://127.0.0.1:")

    def test_every_service_is_healthy_and_named_after_workspace_stack_and_environment(self, dev: Core) -> None:
        assert states(dev.project) == HEALTHY

    def test_secrets_are_made_outside_the_checkout_and_closed_to_others(self, dev: Core) -> None:
        for name in SECRETS:
            assert len(dev.secret(name).read_text().strip()) >= 16
        folder = dev.secret("mongo_root").parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (dev.cli.home).stat().st_mode & 0o077 == 0
        env_file = dev.cli.folder / "env" / "core" / "dev.env"
        assert env_file.stat().st_mode & 0o777 == 0o600
        assert not any(dev.secret(name).read_text().strip() in env_file.read_text() for name in SECRETS)

    def test_a_second_up_is_one_line_and_changes_no_container(self, dev: Core) -> None:
        before = containers(dev.project)
        answer = dev.cli("up", "dev")
        assert answer.out.count("\n") == 1
        assert "core · dev is up: 7 services ready, nothing changed" in answer.out
        data = dev.cli("up", "dev", "--json").data
        assert data["unchanged"] is True
        assert {item["did"] for item in data["services"]} == {"kept"}
        assert containers(dev.project) == before

    def test_a_dry_run_with_nothing_to_do_says_so(self, dev: Core) -> None:
        assert dev.cli("up", "dev", "--dry-run").out == "core · dev: nothing to do\n"
        assert dev.cli("up", "dev", "--dry-run", "--json").data["steps"] == []

    def test_composes_own_spelling_is_accepted(self, dev: Core) -> None:
        before = containers(dev.project)
        assert "nothing changed" in dev.cli("up", "dev", "-d", "--wait").out
        assert dev.cli("ps", "dev", "--json").envelope["command"] == "status"
        assert dev.cli("exec", "dev", "--", "-T", "redis", "printf", "hello").out == "hello"
        assert containers(dev.project) == before


# ------------------------------------------------------------------------------------------------------ real services


class TestServices:
    def test_an_item_of_the_api_is_in_mongodb_and_in_the_cache_of_redis(self, dev: Core) -> None:
        name = f"kettle {uuid4().hex}"
        item = new_item(dev, name)
        assert stored(dev, item) == {"name": name, "quantity": 3}
        address = f"{dev.url('core')}/items/{item}"
        assert [http(address).headers["x-cache"] for _ in range(2)] == ["miss", "hit"]
        assert name in run_in(container(dev.project, "redis"), CACHED, f"item:{item}")

    def test_the_trace_of_a_request_is_in_jaeger(self, dev: Core) -> None:
        trace = uuid4().hex
        item = new_item(dev, "traced", traceparent=f"00-{trace}-{uuid4().hex[:16]}-01")
        answer = http(f"{dev.url('core')}/items/{item}")
        for number, calls in ((trace, {"mongodb"}), (answer.headers["x-trace-id"], {"mongodb", "redis"})):
            text = eventually(lambda number=number: find_trace(dev.url("jaeger"), number), f"trace {number}")  # type: ignore[misc]
            assert number in text
            for system in calls:
                assert system in text, f"no span of {system}"

    def test_the_metrics_of_the_app_are_in_prometheus(self, dev: Core) -> None:
        http(f"{dev.url('core')}/items")
        query = 'sum(http_requests_total{job="core",route="/items"})'
        address = f"{dev.url('prometheus')}/api/v1/query?query={query.replace(' ', '%20')}".replace('"', "%22")

        def counted() -> float | None:
            result = http(address.replace("{", "%7B").replace("}", "%7D")).json["data"]["result"]
            return float(result[0]["value"][1]) if result else None

        assert eventually(counted, "a sample of the app") >= 1

    def test_every_target_of_prometheus_is_up(self, dev: Core) -> None:
        def all_up() -> bool:
            result = http(f"{dev.url('prometheus')}/api/v1/query?query=up").json["data"]["result"]
            return {item["metric"]["job"] for item in result if item["value"][1] == "1"} == {
                *("prometheus", "core", "grafana", "jaeger", "spanmetrics", "redis", "mongodb")
            }

        eventually(all_up, "every target up")

    def test_the_data_sources_of_grafana_answer(self, dev: Core) -> None:
        password = dev.cli("secrets", "show", "grafana_admin", "-e", "dev").out.strip()
        base = dev.url("grafana")
        headers = {"authorization": basic("admin", password)}
        sources = http(f"{base}/api/datasources", headers=headers)
        assert {source["uid"] for source in sources.json} == {"prometheus", "jaeger"}
        query = http(f"{base}/api/datasources/proxy/uid/prometheus/api/v1/query?query=up", headers=headers)
        assert query.json["status"] == "success"
        new_item(dev, "seen by grafana")

        def names() -> bool:
            found = http(f"{base}/api/datasources/proxy/uid/jaeger/api/services", headers=headers)
            return found.status == 200 and "core" in (found.json["data"] or [])

        eventually(names, "the app among Jaeger's services, asked through Grafana")
        assert http(f"{base}/api/datasources", headers={"authorization": basic("admin", "wrong")}).status == 401


def find_trace(base: str, number: str) -> str | None:
    answer = http(f"{base}/api/v3/traces/{number}")
    return answer.body if answer.status == 200 and "mongodb" in answer.body else None


def basic(user: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# ---------------------------------------------------------------------------------------------------- reading commands


class TestReading:
    def test_status_in_a_pipe_is_a_table(self, dev: Core) -> None:
        lines = dev.cli("status", "dev").out.splitlines()
        assert lines[0] == f"{dev.project} · 8 of 8 well"
        assert {line.split()[0] for line in lines[2:]} == set(HEALTHY)

    def test_status_without_environment_shows_all_of_this_workspace_only(self, dev: Core, prod: Core) -> None:
        found = {item["project"]: item for item in dev.cli("status", "--json").data["projects"]}
        assert set(found) == {dev.project, prod.project}
        for item in found.values():
            assert {service["service"] for service in item["services"]} == set(HEALTHY)
        mongodb = row(found[dev.project], "mongodb")
        assert mongodb["state"] == "running"
        assert mongodb["health"] == "healthy"
        assert mongodb["restarts"] == 0
        assert mongodb["up_seconds"] > 0
        assert mongodb["ports"]

    def test_status_of_one_service(self, dev: Core) -> None:
        (project,) = dev.cli("status", "dev", "redis", "--json").data["projects"]
        assert [item["service"] for item in project["services"]] == ["redis"]

    def test_status_works_while_the_files_are_broken(self, mended: Core) -> None:
        (mended.cli.folder / "stacks" / "core" / "dev.yml").write_text("services: [\n")
        assert "8 of 8 well" in mended.cli("status", "dev").out

    def test_urls_name_the_login_and_the_command_for_the_password(self, dev: Core) -> None:
        text = dev.cli("urls", "dev").out
        assert {line.split()[0] for line in text.splitlines()[1:]} == SERVICES
        for name in ("grafana_admin", "mongo_root", "redis_password"):
            assert f"stackctl secrets show {name}" in text
            assert dev.secret(name).read_text().strip() not in text

    def test_urls_of_one_service_in_a_pipe_is_the_bare_address(self, dev: Core) -> None:
        out = dev.cli("urls", "core").out
        assert out.count("\n") == 1
        assert http(out.strip() + "/health").status == 200

    def test_urls_prints_a_secret_command_that_works(self, dev: Core, prod: Core) -> None:
        for core in (dev, prod):
            rows = core.cli("urls", core.environment, "--json").data["urls"]
            for name in {item["secret"] for item in rows if item["secret"]}:
                shown = core.cli("secrets", "show", name, "-e", core.environment).out
                assert shown == core.secret(name).read_text().strip() + "\n"

    def test_secrets_show_prints_the_bare_value(self, dev: Core) -> None:
        value = dev.secret("mongo_root").read_text().strip()
        assert dev.cli("secrets", "show", "mongo_root").out == value + "\n"
        assert dev.cli("secrets", "show", "mongo_root", "--json").data == {"name": "mongo_root", "value": value}

    @pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
    def test_config_is_composes_own_model_masked(self, dev: Core, form: str, read: Callable[[str], Json]) -> None:
        answer = dev.cli("config", "dev", "--format", form)
        model = read(answer.out)
        assert model["name"] == dev.project
        assert set(model["services"]) == set(HEALTHY)
        assert not any(dev.secret(name).read_text().strip() in answer.text for name in SECRETS)

    def test_config_hides_a_sensitive_variable_and_keeps_names(self, mended: Core) -> None:
        overlay = mended.cli.folder / "stacks" / "core" / "dev.local.yml"
        overlay.write_text("services: {core: {environment: {SHOP_API_KEY: sesame-open-42, SHOP_MODE: fast}}}\n")
        try:
            for words in (("--format", "json"), ("--format", "yaml"), ("--json",)):
                text = mended.cli("config", "dev", *words).text
                assert "sesame-open-42" not in text
                assert "SHOP_API_KEY" in text
                assert "fast" in text
            assert "SHOP_API_KEY" not in mended.cli("config", "dev", "--no-local").text
        finally:
            overlay.unlink()

    def test_config_works_without_the_engine(self, dev: Core) -> None:
        answer = dev.cli("config", "dev", "--json", env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
        assert set(answer.data["model"]["services"]) == set(HEALTHY)

    def test_images_say_what_is_used_and_why(self, dev: Core) -> None:
        rows = dev.cli("images", "dev", "--json").data["images"]
        assert {item["service"] for item in rows} == set(HEALTHY)
        for item in rows:
            assert item["why"], item
            assert item["used"], item
        assert "stackctl/redis:local" in dev.cli("images", "dev").out or "redis:8" in dev.cli("images", "dev").out

    def test_compose_runs_with_our_files_and_its_own_exit_code(self, dev: Core) -> None:
        ids = set(dev.cli("compose", "dev", "--", "ps", "--all", "--quiet", "--no-trunc").out.split())
        assert ids == {number for found in containers(dev.project).values() for number in found}
        dev.cli("compose", "dev", "--", "exec", "-T", "redis", "sh", "-c", "exit 3", code=3)

    def test_compose_masks_what_it_prints(self, dev: Core) -> None:
        answer = dev.cli("compose", "dev", "--", "exec", "-T", "redis", "cat", "/run/secrets/redis_password")
        assert dev.secret("redis_password").read_text().strip() not in answer.text
        assert "***" in answer.out

    def test_the_printed_compose_line_runs_as_it_is(self, dev: Core) -> None:
        before = containers(dev.project)
        line = dev.cli("compose", "dev", "--print").out.strip()
        listed = dev.cli.shell(f"{line} ps --all --quiet --no-trunc")
        assert set(listed.out.split()) == {number for found in before.values() for number in found}
        done = dev.cli.shell(f"{line} up -d --no-build")
        assert done.code == 0, done
        assert containers(dev.project) == before, "plain Compose with our line changes nothing"
        assert dev.cli("up", "dev", "--json").data["unchanged"] is True

    def test_verbose_prints_every_docker_command(self, dev: Core) -> None:
        glanced = dev.cli("up", "dev", "-v")
        assert any(line.startswith("$ docker ps ") for line in glanced.err.splitlines())
        assert "without stackctl: docker compose" in glanced.text
        asked = [line for line in dev.cli("config", "dev", "-v").err.splitlines() if line.startswith("$ docker ")]
        assert any(shlex.split(line)[2] == "compose" for line in asked)

    def test_an_environment_without_containers_says_so(self, workspace: Cli) -> None:
        assert "nothing runs here" in workspace("status").out
        assert "nothing runs" in workspace("down", "dev").out
        assert workspace("urls", "dev", "--json").data["urls"] == []


# ----------------------------------------------------------------------------------------------------- what is changed


class TestChanges:
    def test_a_changed_mounted_file_recreates_exactly_its_service(self, mended: Core) -> None:
        before = containers(mended.project)
        path = mended.cli.folder / "stacks" / "core" / "prometheus" / "prometheus.yml"
        path.write_text(path.read_text() + "# changed by a test\n")
        plan = mended.cli("up", "dev", "--dry-run")
        assert "recreate prometheus: prometheus.yml changed" in plan.out
        assert containers(mended.project) == before, "a dry run changes nothing"
        data = mended.cli("up", "dev", "--json").data
        assert row(data, "prometheus")["did"] == "recreated, prometheus.yml changed"
        assert changed(before, containers(mended.project)) == {"prometheus"}
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True

    def test_a_changed_secret_recreates_exactly_its_service(self, mended: Core) -> None:
        before = containers(mended.project)
        # A line end more is the same password for Grafana, which reads its own only while its data is empty.
        path = mended.secret("grafana_admin")
        path.write_text(path.read_text() + "\n")
        answer = mended.cli("up", "dev")
        line = next(line for line in answer.out.splitlines() if line.startswith("grafana"))
        assert line.endswith("recreated, secret grafana_admin changed")
        assert changed(before, containers(mended.project)) == {"grafana"}
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True

    def test_a_changed_secret_of_two_services_recreates_both_once(self, mended: Core) -> None:
        before = containers(mended.project)
        # Redis reads its ACL, the app and the probe this file: a line end more is the same password for all of them.
        path = mended.secret("redis_password")
        path.write_text(path.read_text() + "\n")
        data = mended.cli("up", "dev", "--json").data
        assert "secret redis_password changed" in row(data, "redis")["did"]
        assert "secret redis_password changed" in row(data, "core")["did"]
        after = containers(mended.project)
        assert changed(before, after) == {"redis", "core"}
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True
        assert containers(mended.project) == after
        assert differing(mended) == set(), "Compose would recreate them again"

    def test_a_changed_requirement_is_the_reason_for_a_rebuild(self, mended: Core) -> None:
        path = mended.cli.folder / "stacks" / "core" / "app" / "requirements.txt"
        path.write_text(path.read_text() + "# changed by a test\n")
        assert "build core: requirements.txt changed" in mended.cli("up", "dev", "--dry-run").out

    def test_a_file_that_dockerignore_leaves_out_changes_nothing(self, mended: Core) -> None:
        notes = mended.cli.folder / "stacks" / "core" / "app" / "notes.md"
        notes.write_text("not for the image\n")
        try:
            assert mended.cli("up", "dev", "--json").data["unchanged"] is True
        finally:
            notes.unlink()

    def test_a_changed_source_rebuilds_and_says_why(self, mended: Core) -> None:
        before = containers(mended.project)
        path = mended.cli.folder / "stacks" / "core" / "app" / "core_app" / "model.py"
        path.write_text(path.read_text() + f"# changed by a test {uuid4().hex}\n")
        assert mended.cli("up", "dev", "--no-build", "--json").data["unchanged"] is True
        answer = mended.cli("up", "dev")
        line = next(line for line in answer.out.splitlines() if line.startswith("core "))
        assert line.endswith("rebuilt, core_app/model.py changed")
        assert changed(before, containers(mended.project)) == {"core"}
        assert (mended.cli.folder / ".stackctl" / "build" / "core.log").stat().st_size > 0
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True

    def test_a_changed_variable_recreates_its_service(self, mended: Core) -> None:
        before = containers(mended.project)
        path = mended.cli.folder / "env" / "core" / "dev.local.env"
        path.write_text("CORE_LOG_LEVEL=warning\n")
        try:
            answer = mended.cli("up", "dev")
            assert "env/core/dev.local.env" in answer.err, "the own layer is named"
            assert changed(before, containers(mended.project)) == {"core"}
            (facts,) = inspect(container(mended.project, "core"))
            assert "LOG_LEVEL=warning" in facts["Config"]["Env"]
        finally:
            path.unlink()

    def test_a_removed_and_a_killed_container_are_started_again(self, mended: Core) -> None:
        before = containers(mended.project)
        docker("rm", "--force", *before["grafana"])
        docker("kill", *before["prometheus"])
        data = mended.cli("up", "dev", "--json").data
        assert row(data, "grafana")["did"].startswith("created")
        assert row(data, "prometheus")["did"].startswith("started")
        assert states(mended.project) == HEALTHY
        assert changed(before, containers(mended.project)) == {"grafana"}

    def test_restart_without_anything_pending_keeps_the_container(self, mended: Core) -> None:
        before = containers(mended.project)
        since = started(container(mended.project, "core"))
        mended.cli("restart", "dev", "core")
        assert started(container(mended.project, "core")) != since
        assert containers(mended.project) == before
        assert differing(mended) == set(), "Compose would recreate it at the next start"
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True

    def test_restart_applies_what_is_pending_and_says_so(self, mended: Core) -> None:
        before = containers(mended.project)
        path = mended.cli.folder / "stacks" / "core" / "prometheus" / "prometheus.yml"
        path.write_text(path.read_text() + "# changed by a test of restart\n")
        answer = mended.cli("restart", "dev", "prometheus")
        assert "prometheus.yml changed" in answer.out
        assert changed(before, containers(mended.project)) == {"prometheus"}
        assert differing(mended) == set(), "the printed line still means all services, each with its image"
        assert mended.cli("up", "dev", "--json").data["unchanged"] is True

    def test_restart_in_place_is_composes_own(self, mended: Core) -> None:
        before = containers(mended.project)
        since = {name: started(container(mended.project, name)) for name in ("core", "redis")}
        data = mended.cli("restart", "dev", "core", "--in-place", "--json").data
        assert data["restarted"] == ["core"]
        assert containers(mended.project) == before
        assert started(container(mended.project, "core")) != since["core"]
        assert started(container(mended.project, "redis")) == since["redis"]

    def test_down_keeps_data_and_up_starts_what_is_named(self, mended: Core) -> None:
        item = new_item(mended, f"kept {uuid4().hex}")
        kept = volumes(mended.project)
        plan = mended.cli("down", "dev", "--dry-run")
        assert "keep the data" in plan.out
        assert states(mended.project) == HEALTHY, "a dry run changes nothing"
        answer = mended.cli("down", "dev")
        assert "the data is kept" in answer.out
        assert containers(mended.project) == {}
        assert volumes(mended.project) == kept

        dry = mended.cli("up", "dev", "--dry-run", "--json").data
        assert any(step["text"].startswith("create core") for step in dry["steps"])
        assert containers(mended.project) == {}, "a dry run changes nothing"

        mended.cli("up", "dev", "core")
        assert set(containers(mended.project)) == {"mongodb", "redis", "core"}, "the service and what it needs"
        assert http(f"{mended.url('core')}/items/{item}").status == 200
        assert stored(mended, item)["name"].startswith("kept ")

        three = containers(mended.project)
        mended.cli("up", "dev", "--without", "grafana")
        assert set(containers(mended.project)) == set(HEALTHY) - {"grafana"}
        assert changed(three, containers(mended.project)) == OBSERVERS - {"grafana"}

        mended.cli("up", "dev")
        assert states(mended.project) == HEALTHY
        assert changed(three, containers(mended.project)) == OBSERVERS


# ------------------------------------------------------------------------------------------------------- side by side


class TestProd:
    def test_dev_and_prod_are_healthy_side_by_side(self, dev: Core, prod: Core) -> None:
        assert dev.project != prod.project
        assert states(prod.project) == HEALTHY
        assert states(dev.project) == HEALTHY
        assert not set(volumes(dev.project)) & set(volumes(prod.project))

    def test_prod_publishes_the_app_alone(self, prod: Core) -> None:
        assert {item["service"] for item in prod.cli("urls", "prod", "--json").data["urls"]} == {"core"}

    def test_an_item_of_prod_is_not_in_dev(self, dev: Core, prod: Core) -> None:
        item = new_item(prod, "only in prod")
        assert stored(prod, item)["name"] == "only in prod"
        assert stored(dev, item) is None
        assert http(f"{dev.url('core')}/items/{item}").status == 404

    def test_prod_has_secrets_of_its_own(self, dev: Core, prod: Core) -> None:
        for name in SECRETS:
            assert dev.secret(name).read_text() != prod.secret(name).read_text()

    def test_prod_containers_are_restricted_on_the_engine(self, prod: Core) -> None:
        for name in SERVICES:
            (facts,) = inspect(container(prod.project, name))
            host = facts["HostConfig"]
            assert host["ReadonlyRootfs"], name
            assert host["CapDrop"] == ["ALL"], name
            assert host["Memory"] > 0, name
            assert host["NanoCpus"] > 0, name
            assert host["PidsLimit"] > 0, name
            assert facts["Config"]["User"].split(":")[0] not in ("", "0", "root"), name

    def test_a_second_up_of_prod_is_unchanged(self, prod: Core) -> None:
        before = containers(prod.project)
        assert prod.cli("up", "prod", "--json").data["unchanged"] is True
        assert containers(prod.project) == before

    def test_restart_of_a_service_with_dependencies_is_followed_by_an_unchanged_up(self, prod: Core) -> None:
        prod.cli("restart", "prod", "jaeger")
        after = containers(prod.project)
        data = prod.cli("up", "prod", "--json").data
        assert data["unchanged"] is True
        assert containers(prod.project) == after


# --------------------------------------------------------------------------------- a workspace of one's own, redis only


class TestEnd:
    def test_volumes_are_named_with_their_size_before_they_go(self, workspace: Cli) -> None:
        project = workspace("up", "dev", "redis", "--json").data["project"]
        found = volumes(project)
        assert found
        answer = workspace("down", "dev", "--volumes", code=7)
        for name in found:
            assert name in answer.err
        assert answer.err.count(" B") + answer.err.count("kB") + answer.err.count("MB") >= len(found), answer.err
        assert "--yes" in answer.err
        assert volumes(project) == found
        assert set(containers(project)) == {"redis"}, "nothing is stopped before the answer"
        assert workspace("down", "dev", "--volumes", "--json", code=7).error["code"] == "needs-yes"
        data = workspace("down", "dev", "--volumes", "--yes", "--json").data
        assert data["projects"][0]["volumes_removed"] == found
        assert volumes(project) == []
        assert containers(project) == {}

    def test_down_all_ends_every_environment_and_instance(self, workspace: Cli) -> None:
        projects = [
            workspace("up", "dev", "redis", "--json").data["project"],
            workspace("up", "prod", "redis", "--json").data["project"],
            workspace("up", "dev", "redis", "--instance", "second", "--auto-ports", "--json").data["project"],
        ]
        assert len(set(projects)) == 3
        assert all(set(containers(name)) == {"redis"} for name in projects)
        passwords = {(workspace.home / "projects" / n / "secrets" / "redis_password").read_text() for n in projects}
        assert len(passwords) == 3
        plan = workspace("down", "--all", "--dry-run", "--json").data
        assert sorted(item["project"] for item in plan["projects"]) == sorted(projects)
        assert all(containers(name) for name in projects)
        workspace("down", "--all")
        assert not any(containers(name) for name in projects)
        assert all(volumes(name) for name in projects), "data is kept"

    def test_progress_as_ndjson(self, workspace: Cli) -> None:
        answer = workspace("up", "dev", "redis", "--json", "--stream")
        lines = [json.loads(line) for line in answer.out.splitlines()]
        assert lines[-1]["command"] == "up"
        assert lines[-1]["ok"] is True
        assert all(set(line) == {"event", "subject", "state", "text", "elapsed"} for line in lines[:-1])
        assert ("redis", "ready") in {(line["subject"], line["state"]) for line in lines[:-1]}

    def test_quiet_prints_no_progress(self, workspace: Cli) -> None:
        assert workspace("up", "dev", "redis", "--quiet").err == ""

    def test_a_dry_run_of_the_first_start_writes_nothing(self, workspace: Cli) -> None:
        before = sorted(path for path in workspace.folder.rglob("*"))
        answer = workspace("up", "dev", "--dry-run")
        assert "write dev.env from its template" in answer.out
        assert "generate the secrets" in answer.out
        assert sorted(path for path in workspace.folder.rglob("*")) == before
        assert not (workspace.home / "projects").exists()

    def test_init_refuses_where_a_stack_is(self, workspace: Cli) -> None:
        assert workspace("init", "--json", code=7).error["code"] == "exists"

    def test_a_taken_port_is_moved_on_request_and_remembered(self, workspace: Cli) -> None:
        workspace("up", "dev", "redis")
        other = ("-p", f"{workspace.token}-other")
        workspace("up", "dev", "redis", *other, code=5)
        moved = workspace("up", "dev", "redis", *other, "--auto-ports", "--json").data
        address = row(moved, "redis")["urls"][0]
        assert address != workspace("urls", "redis").out.strip()
        assert workspace("urls", "dev", "redis", *other).out.strip() == address
        workspace("down", "dev", *other)
        again = workspace("up", "dev", "redis", *other, "--json").data
        assert row(again, "redis")["urls"][0] == address, "remembered"
