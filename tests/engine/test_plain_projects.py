"""`stackctl` in a folder that knows nothing of it: any Compose project, unchanged.

What Compose itself makes of a folder is the expectation: `docker compose` runs beside `stackctl`, and neither may
change a container of the other.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.engine.cli import (
    REDIS,
    TOOLS,
    Cli,
    container,
    containers,
    docker,
    free_ports,
    inspect,
    put,
    snapshot,
    states,
    volumes,
)

if TYPE_CHECKING:
    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

# `init` ends a shell command at SIGTERM: a process 1 without a handler would wait for the whole grace period.
# The restart policy says that it is no job; what is made of a service that says nothing has tests of its own.
BARE = f"image: {TOOLS}, command: [sleep, '900'], init: true"
SLEEP = f"{BARE}, restart: unless-stopped"
MAIN = f"services: {{web: {{{SLEEP}}}}}\n"


def variables(project: str, service: str) -> dict[str, str]:
    (facts,) = inspect(container(project, service))
    return dict(item.split("=", 1) for item in facts["Config"]["Env"])


def plain(cli: Cli, *words: str) -> None:
    """Start it as a user without stackctl does."""
    cli.compose(*words, "up", "-d")


# ---------------------------------------------------------------------------------------------------- nothing of ours


class TestCommands:
    def test_the_whole_life_of_a_project_without_any_file_of_ours(self, project: Project) -> None:
        port = free_ports(1)
        cli = project(
            compose__yaml=f"""
            services:
              web:
                image: {TOOLS}
                command: [python3, -m, http.server, "8000"]
                init: true
                ports: ["127.0.0.1:{port}:8000"]
                volumes: ["state:/state"]
                environment: {{API_TOKEN: sesame-open-42}}
              cache:
                image: {REDIS}
                restart: "always"
            volumes: {{state: {{}}}}
            """
        )
        name = cli.folder.name
        data = cli("up", "--json").data
        assert data["project"] == name == json.loads(cli.compose("config", "--format", "json"))["name"]
        assert {item["service"]: item["state"] for item in data["services"]} == {"web": "ready", "cache": "ready"}
        assert set(containers(name)) == {"web", "cache"}

        assert cli("urls", "web").out == f"http://127.0.0.1:{port}\n"
        assert f"{name} · 2 of 2 well" in cli("status").out
        (found,) = cli("status", "--json").data["projects"]
        assert found["project"] == name
        assert found["folder"] == str(cli.folder)

        model = yaml.safe_load(cli("config").out)
        assert set(model["services"]) == {"web", "cache"}
        assert model["services"]["web"]["environment"]["API_TOKEN"] == "***"
        assert cli("config", "--json").data["files"] == [str(cli.folder / "compose.yaml")]

        assert "nothing changed" in cli("up").out
        answer = cli("down")
        assert "data is kept" in answer.out
        assert containers(name) == {}
        assert volumes(name) == [f"{name}_state"]
        assert [path.name for path in cli.folder.iterdir() if path.name != ".stackctl"] == ["compose.yaml"]

    @pytest.mark.parametrize("text", [f"{{{BARE}}}", f"{{image: {REDIS}}}"])
    def test_a_service_that_says_nothing_and_runs_is_ready(self, project: Project, text: str) -> None:
        cli = project(compose__yaml=f"services: {{worker: {text}}}\n")
        data = cli("up", "--timeout", "15s", "--json").data
        assert [item["state"] for item in data["services"]] == ["ready"]
        again = cli("up", "--json").data
        assert again["unchanged"] is True, again

    def test_a_folder_below_the_project_will_do(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        below = cli.folder / "src" / "deep"
        below.mkdir(parents=True)
        assert cli("config", "--json", here=below).data["project"] == cli.folder.name

    def test_one_service_of_several_and_what_it_needs(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              web: {{{SLEEP}, depends_on: [store]}}
              store: {{{SLEEP}}}
              other: {{{SLEEP}}}
            """
        )
        cli("up", "web")
        assert set(containers(cli.folder.name)) == {"web", "store"}
        cli("up", "--without", "store")
        assert set(containers(cli.folder.name)) == {"web", "store", "other"}

    def test_a_left_out_dependency_is_not_started(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, depends_on: [store]}}, store: {{{SLEEP}}}}}\n")
        cli("up", "--without", "store")
        assert set(containers(cli.folder.name)) == {"web"}
        cli("up")
        assert set(containers(cli.folder.name)) == {"web", "store"}

    def test_a_one_shot_service_is_done_at_exit_0(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              migrate: {{image: "{TOOLS}", command: ["true"]}}
              web: {{{SLEEP}, depends_on: {{migrate: {{condition: service_completed_successfully}}}}}}
            """
        )
        data = cli("up", "--json").data
        assert {item["service"]: item["state"] for item in data["services"]} == {"migrate": "done", "web": "ready"}
        before = containers(cli.folder.name)
        assert cli("up", "--json").data["unchanged"] is True
        assert "2 of 2 well" in cli("status").out
        assert containers(cli.folder.name) == before

    def test_a_service_that_fails_is_named_and_left_as_it_is(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              web: {{{SLEEP}}}
              broken: {{image: "{TOOLS}", command: [sh, -c, "echo no config >&2; exit 3"], ports: ["8000"]}}
            """
        )
        answer = cli("up", "--json", code=5)
        assert (answer.error["code"], answer.error["message"]) == (
            "crashed",
            "broken crashed with exit code 3: no config",
        )
        assert answer.error["hint"]
        assert states(cli.folder.name) == {"web": "running", "broken": "exited (3)"}

    def test_a_service_that_is_not_ready_in_time_is_named(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              slow:
                {{{SLEEP}, healthcheck: {{test: ["CMD", "false"], interval: 1s, start_period: 300s}}}}
            """
        )
        answer = cli("up", "--timeout", "10s", "--json", code=6)
        assert "slow" in answer.error["message"]
        assert states(cli.folder.name) == {"slow": "running (starting)"}

    def test_scale(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        name = cli.folder.name
        cli("up", "--scale", "web=3")
        assert len(containers(name)["web"]) == 3
        rows = cli("status", "--json").data["projects"][0]["services"]
        assert len({row["container"] for row in rows}) == 3
        cli("up", "--scale", "web=1")
        assert len(containers(name)["web"]) == 1

    def test_an_orphan_is_reported_and_removed_on_request(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}}}, old: {{{SLEEP}}}}}\n")
        cli("up")
        cli.write(compose__yaml=MAIN)
        answer = cli("up", "--json")
        assert [item["code"] for item in answer.envelope["findings"]] == ["orphans"]
        assert "old" in answer.envelope["findings"][0]["message"]
        assert set(containers(cli.folder.name)) == {"web", "old"}
        cli("up", "--remove-orphans")
        assert set(containers(cli.folder.name)) == {"web"}

    def test_force_recreate(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        cli("up")
        before = containers(cli.folder.name)
        cli("up", "--force-recreate")
        assert containers(cli.folder.name) != before

    def test_a_changed_definition_recreates_exactly_its_service(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}}}, other: {{{SLEEP}}}}}\n")
        cli("up")
        before = containers(cli.folder.name)
        cli.write(compose__yaml=f"services: {{web: {{{SLEEP}, environment: {{A: b}}}}, other: {{{SLEEP}}}}}\n")
        assert "recreate web" in cli("up", "--dry-run").out
        assert containers(cli.folder.name) == before
        cli("up")
        after = containers(cli.folder.name)
        assert after["other"] == before["other"]
        assert after["web"] != before["web"]

    def test_a_bind_mounted_file_and_a_config_that_changed_recreate_their_service(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              web: {{{SLEEP}, volumes: ["./web.conf:/etc/web.conf:ro"]}}
              api: {{{SLEEP}, configs: [api]}}
              other: {{{SLEEP}}}
            configs: {{api: {{file: ./api.conf}}}}
            """,
            web__conf="one\n",
            api__conf="one\n",
        )
        cli("up")
        before = containers(cli.folder.name)
        for name in ("web", "api"):
            put(cli.folder / f"{name}.conf", "two\n")
            data = cli("up", "--json").data
            did = {item["service"]: item["did"] for item in data["services"]}
            assert did[name] == f"recreated, {name}.conf changed"
            after = containers(cli.folder.name)
            assert {service for service in after if after[service] != before[service]} == {name}
            before = after


# ------------------------------------------------------------------------------------------------ what Compose loads


class TestFiles:
    def test_the_override_file_counts(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN, compose__override__yaml="services: {web: {environment: {FROM: override}}}\n")
        cli("up")
        assert variables(cli.folder.name, "web")["FROM"] == "override"

    def test_dotenv_and_shell_fill_variables_as_in_compose(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"services: {{web: {{{SLEEP}, environment: {{A: '${{A}}', B: '${{B}}'}}}}}}\n",
            __env="A=file\nB=file\n",
        )
        cli = cli.having(B="shell")
        answer = cli("up", "--json")
        found = variables(cli.folder.name, "web")
        assert (found["A"], found["B"]) == ("file", "shell")
        assert "nothing changed" in cli("up").out
        del answer

    def test_profiles_from_the_flag_and_from_dotenv(self, project: Project) -> None:
        text = f"services: {{web: {{{SLEEP}}}, debug: {{{SLEEP}, profiles: [debug]}}}}\n"
        cli = project(compose__yaml=text)
        cli("up")
        assert set(containers(cli.folder.name)) == {"web"}
        cli("up", "--profile", "debug")
        assert set(containers(cli.folder.name)) == {"web", "debug"}
        cli("down")
        assert containers(cli.folder.name) == {}, "whatever the profile"
        put(cli.folder / ".env", "COMPOSE_PROFILES=debug\n")
        cli("up")
        assert set(containers(cli.folder.name)) == {"web", "debug"}

    def test_a_service_of_an_inactive_profile_is_started_by_its_name(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}}}, debug: {{{SLEEP}, profiles: [debug]}}}}\n")
        cli("up", "debug")
        assert set(containers(cli.folder.name)) == {"debug"}
        assert "debug" in cli("status").out

    def test_include_and_extends(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            include: [parts/store.yaml]
            services:
              web: {{extends: {{file: common.yaml, service: base}}, environment: {{OWN: "1"}}, depends_on: [store]}}
              other: {{{SLEEP}}}
            """,
            common__yaml=f"services: {{base: {{{SLEEP}, environment: {{COMMON: '1'}}}}}}\n",
        )
        put(cli.folder / "parts" / "store.yaml", f"services: {{store: {{{SLEEP}}}}}\n")
        cli("up")
        assert set(containers(cli.folder.name)) == {"web", "store", "other"}
        found = variables(cli.folder.name, "web")
        assert (found["COMMON"], found["OWN"]) == ("1", "1")
        before = containers(cli.folder.name)
        plain(cli)
        assert containers(cli.folder.name) == before

    @pytest.mark.parametrize("where", ["shell", ".env"])
    def test_compose_file(self, project: Project, where: str) -> None:
        cli = project(compose__yaml=MAIN, more__yaml="services: {web: {environment: {FROM: more}}}\n")
        written = "compose.yaml:more.yaml"
        if where == "shell":
            cli = cli.having(COMPOSE_FILE=written)
        else:
            put(cli.folder / ".env", f"COMPOSE_FILE={written}\n")
        cli("up")
        assert variables(cli.folder.name, "web")["FROM"] == "more"
        before = containers(cli.folder.name)
        plain(cli)
        assert containers(cli.folder.name) == before

    def test_the_name_in_the_file_is_the_projects_name(self, project: Project) -> None:
        cli = project("folder")
        name = f"{cli.token}-named"
        cli.write(compose__yaml=f"name: {name}\n{MAIN}")
        assert cli("up", "--json").data["project"] == name
        assert set(containers(name)) == {"web"}
        assert name in cli("status").out

    def test_a_project_name_from_the_flag_and_from_the_environment(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        one, two = f"{cli.token}-one", f"{cli.token}-two"
        assert cli("-p", one, "up", "--json").data["project"] == one
        assert cli("up", "--json", env={"COMPOSE_PROJECT_NAME": two}).data["project"] == two
        assert set(containers(one)) == set(containers(two)) == {"web"}

    def test_files_from_the_flag(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN, other__yaml=f"services: {{other: {{{SLEEP}}}}}\n")
        cli("-f", "other.yaml", "up")
        assert set(containers(cli.folder.name)) == {"other"}

    def test_the_old_file_name(self, project: Project) -> None:
        cli = project()
        put(cli.folder / "docker-compose.yml", f'version: "3.9"\n{MAIN}')
        cli("up")
        assert set(containers(cli.folder.name)) == {"web"}

    def test_anchors_extension_fields_and_an_empty_service_key(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            x-base: &base {{{SLEEP}}}
            services:
              web:
                <<: *base
                environment:
                  PASSED_THROUGH:
                  NUMBER: 8
            """
        )
        cli = cli.having(PASSED_THROUGH="yes")
        cli("up")
        found = variables(cli.folder.name, "web")
        assert (found["PASSED_THROUGH"], found["NUMBER"]) == ("yes", "8")


# ------------------------------------------------------------------------------------------------------- environments


class TestOverlays:
    def test_an_overlay_is_an_environment_with_a_project_of_its_own(self, project: Project) -> None:
        cli = project(
            compose__yaml=MAIN,
            compose__override__yaml="services: {web: {environment: {FROM: override}}}\n",
            compose__prod__yaml="services: {web: {environment: {FROM: prod}}}\n",
        )
        answer = cli("up", "prod")
        assert "with compose.yaml and compose.prod.yaml, without compose.override.yaml" in answer.err
        cli("up")
        name = cli.folder.name
        assert variables(f"{name}-prod", "web")["FROM"] == "prod"
        assert variables(name, "web")["FROM"] == "override"
        assert {item["project"] for item in cli("status", "--json").data["projects"]} == {name, f"{name}-prod"}
        cli("down", "prod")
        assert containers(f"{name}-prod") == {}
        assert containers(name)
        cli("down", "--all")
        assert containers(name) == {}

    def test_dev_keeps_composes_own_project_name(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        put(cli.folder / "docker-compose.dev.yml", "services: {web: {environment: {FROM: dev}}}\n")
        cli("up", "dev")
        assert variables(cli.folder.name, "web")["FROM"] == "dev"

    def test_an_overlay_that_is_complete_is_used_alone(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"services: {{web: {{{SLEEP}, environment: {{FROM: main}}}}, tool: {{{SLEEP}}}}}\n",
            compose__prod__yaml=f"services: {{web: {{{SLEEP}, environment: {{OWN: prod}}}}}}\n",
        )
        answer = cli("up", "prod")
        assert "compose.prod.yaml is complete by itself and is used alone" in answer.err
        name = f"{cli.folder.name}-prod"
        assert set(containers(name)) == {"web"}
        assert "FROM" not in variables(name, "web")

    @pytest.mark.parametrize("word", ["prod", "override"])
    def test_an_environment_without_overlay_is_refused_naming_what_exists(self, project: Project, word: str) -> None:
        cli = project(
            compose__yaml=MAIN,
            compose__override__yaml="services: {web: {environment: {A: b}}}\n",
            compose__stage__yaml="services: {web: {environment: {A: c}}}\n",
        )
        before = snapshot(cli)
        for words in (("up", word), ("up", "-e", word)):
            answer = cli(*words, "--json", code=2)
            text = answer.error["message"] + answer.error["hint"]
            assert word in text
            assert "stage" in text, "what exists is named"
        assert snapshot(cli) == before

    def test_stackctl_env_names_the_environment(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN, compose__prod__yaml="services: {web: {environment: {FROM: prod}}}\n")
        assert cli("config", "--json", env={"STACKCTL_ENV": "prod"}).data["project"] == f"{cli.folder.name}-prod"


# -------------------------------------------------------------------------------------------- beside `docker compose`

DOCKERFILE = f"""
    FROM {TOOLS}
    ARG WORD=none
    LABEL word=$WORD
    CMD ["sleep", "900"]
    """
SHAPES: dict[str, str] = {
    "one service": MAIN,
    "nothing but an image": f"services: {{cache: {{image: {REDIS}}}, web: {{{BARE}}}}}\n",
    "build": """
        services:
          web: {build: {context: ., args: {WORD: hello}}, image: "IMAGE/web:1", init: true, restart: always}
        """,
    "build without a name": "services: {web: {build: ., init: true, restart: always}}\n",
    "env_file": f"services: {{web: {{{SLEEP}, env_file: [web.env]}}}}\n",
    "scale": f"services: {{web: {{{SLEEP}, scale: 2}}, other: {{{SLEEP}, deploy: {{replicas: 2}}}}}}\n",
    "dependencies": f"""
        services:
          store: {{{SLEEP}, healthcheck: {{test: ["CMD", "true"], interval: 1s}}}}
          migrate: {{image: "{TOOLS}", command: ["true"], depends_on: {{store: {{condition: service_healthy}}}}}}
          web:
            {{{SLEEP}, depends_on: {{
              migrate: {{condition: service_completed_successfully}}, store: {{condition: service_healthy}}}}}}
        """,
    "ports, volumes, networks": f"""
        services:
          web:
            {{{SLEEP}, networks: [a, b], ports: ["127.0.0.1::8000", "127.0.0.1:PORT:8001"],
              volumes: ["state:/s", "./web.env:/w:ro", "/anonymous"]}}
        volumes: {{state: {{}}}}
        networks: {{a: {{}}, b: {{internal: true}}}}
        """,
    "secrets and configs": f"""
        services: {{web: {{{SLEEP}, secrets: [word], configs: [file]}}}}
        secrets: {{word: {{file: ./web.env}}}}
        configs: {{file: {{file: ./web.env}}}}
        """,
    "stopped by hand": f"services: {{web: {{{SLEEP}}}, other: {{{SLEEP}, profiles: [off]}}}}\n",
}


def shape(project: Project, name: str) -> Cli:
    cli = project()
    text = textwrap.dedent(SHAPES[name]).replace("IMAGE", cli.token).replace("PORT", str(free_ports(1)))
    cli.write(compose__yaml=text, Dockerfile=DOCKERFILE, web__env="FROM=file\n")
    return cli


@pytest.mark.parametrize("name", SHAPES)
class TestBesideCompose:
    def test_after_docker_compose_up_ours_changes_no_container(self, project: Project, name: str) -> None:
        cli = shape(project, name)
        plain(cli)
        before = containers(cli.folder.name)
        for _time in ("first", "second"):
            cli("up")
            assert containers(cli.folder.name) == before
        assert cli("up", "--json").data["unchanged"] is True

    def test_after_ours_docker_compose_up_changes_none(self, project: Project, name: str) -> None:
        cli = shape(project, name)
        cli("up")
        before = containers(cli.folder.name)
        assert before
        # By the printed line: what was started with fast probes has them in its definition.
        line = cli("compose", "--print").out.strip()
        assert cli.shell(f"{line} up -d").code == 0
        assert containers(cli.folder.name) == before
        assert cli("up", "--json").data["unchanged"] is True


def test_after_docker_compose_up_with_an_overlay_ours_changes_none(project: Project) -> None:
    cli = project(compose__yaml=MAIN, compose__prod__yaml="services: {web: {environment: {FROM: prod}}}\n")
    name = f"{cli.folder.name}-prod"
    plain(cli, "-p", name, "-f", "compose.yaml", "-f", "compose.prod.yaml")
    before = containers(name)
    cli("up", "prod")
    assert containers(name) == before


def test_a_change_after_docker_compose_up_is_seen_by_ours(project: Project) -> None:
    cli = shape(project, "build")
    plain(cli)
    cli("up")
    before = containers(cli.folder.name)
    put(cli.folder / "Dockerfile", DOCKERFILE + "LABEL more=1\n")
    data = cli("up", "--json").data
    assert data["services"][0]["did"] == "rebuilt, Dockerfile changed"
    assert containers(cli.folder.name) != before
    assert cli("up", "--json").data["unchanged"] is True


# ----------------------------------------------------------------------------------------------- two folders, one name


class TestOneName:
    def two(self, project: Project, tmp_path: Path) -> tuple[Cli, Cli]:
        first = project(
            compose__yaml=f"services: {{web: {{{SLEEP}, volumes: ['state:/s']}}}}\nvolumes: {{state: {{}}}}\n"
        )
        folder = tmp_path / "elsewhere" / first.folder.name
        folder.mkdir(parents=True)
        second = first.within(folder)
        second.write(compose__yaml=f"services: {{web: {{{SLEEP}, environment: {{A: second}}}}}}\n")
        return first, second

    def test_up_and_down_of_the_second_are_refused_and_offer_an_instance(
        self, project: Project, tmp_path: Path
    ) -> None:
        first, second = self.two(project, tmp_path)
        first("up")
        before = snapshot(first)
        for command in (("up",), ("down",), ("down", "--volumes", "--yes"), ("restart",)):
            answer = second(*command, "--json", code=7)
            assert answer.error["code"] == "foreign-project"
            assert str(first.folder) in answer.error["message"]
            assert "--instance" in answer.error["hint"]
        assert snapshot(first) == before

    def test_an_instance_runs_beside_it(self, project: Project, tmp_path: Path) -> None:
        first, second = self.two(project, tmp_path)
        first("up")
        before = containers(first.folder.name)
        data = second("up", "--instance", "b", "--json").data
        assert data["project"] == f"{first.folder.name}-b"
        assert variables(data["project"], "web")["A"] == "second"
        assert containers(first.folder.name) == before
        second("down", "--instance", "b")
        assert containers(data["project"]) == {}
        assert containers(first.folder.name) == before

    def test_compose_containers_of_another_folder_are_seen_too(self, project: Project, tmp_path: Path) -> None:
        first, second = self.two(project, tmp_path)
        plain(first)
        before = snapshot(first)
        assert second("up", "--json", code=7).error["code"] == "foreign-project"
        assert snapshot(first) == before

    def test_a_folder_that_was_moved_keeps_its_project(self, project: Project, tmp_path: Path) -> None:
        first, second = self.two(project, tmp_path)
        first("up")
        (first.folder / "compose.yaml").unlink()
        for path in sorted(first.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        first.folder.rmdir()
        second("up")
        assert variables(first.folder.name, "web")["A"] == "second"


def test_an_instance_has_volumes_and_networks_of_its_own(project: Project) -> None:
    cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, volumes: ['state:/s']}}}}\nvolumes: {{state: {{}}}}\n")
    cli("up")
    cli("up", "--instance", "b")
    name = cli.folder.name
    assert volumes(name) == [f"{name}_state"]
    assert volumes(f"{name}-b") == [f"{name}-b_state"]
    networks = docker("network", "ls", "--format", "{{.Name}}").split()
    assert {f"{name}_default", f"{name}-b_default"} <= set(networks)
