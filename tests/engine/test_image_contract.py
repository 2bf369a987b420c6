"""The local images keep the contract of the official ones: one set of assertions on each of them, on a real engine."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
Run = Callable[..., str]

MONGO_ENV = ("-e", "MONGO_INITDB_ROOT_USERNAME=root", "-e", "MONGO_INITDB_ROOT_PASSWORD_FILE=/run/secrets/password")
# Logs in on the container's own name with the password from its file, as the health check of a stack does.
MONGO_LOGIN = """
const password = require('fs').readFileSync('/run/secrets/password', 'utf8').trim();
const db = connect(`mongodb://root:${encodeURIComponent(password)}@${require('os').hostname()}:27017/admin`);
"""
JAEGER_CONFIG = """
extensions:
  healthcheckv2: {use_v2: true, http: {endpoint: "0.0.0.0:13133"}}
  jaeger_storage: {backends: {traces: {memory: {max_traces: 100}}}}
  jaeger_query: {storage: {traces: traces}, http: {endpoint: "0.0.0.0:16686"}}
receivers: {otlp: {protocols: {http: {endpoint: "0.0.0.0:4318"}}}}
exporters: {jaeger_storage_exporter: {trace_storage: traces}}
service:
  extensions: [healthcheckv2, jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""


@dataclass(frozen=True)
class Contract:
    """What the official image promises, and how this file starts and asks the server in it."""

    name: str
    version: str
    """A command that prints the version which the label names."""
    user: str = ""
    runs_as: str = ""
    ports: frozenset[int] = frozenset()
    volumes: frozenset[str] = frozenset()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    owned: tuple[tuple[str, str], ...] = ()
    """Paths and the `uid:gid` that owns them."""
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    health: str = ""

    @property
    def image(self) -> str:
        return f"stackctl/{self.name}:local"


SERVICES = (
    Contract(
        name="mongodb",
        version="mongod --version",
        runs_as="999:999",
        ports=frozenset({27017}),
        volumes=frozenset({"/data/db", "/data/configdb"}),
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mongod",),
        owned=(("/data/db", "999:999"), ("/data/configdb", "999:999")),
        options=MONGO_ENV,
        arguments=("mongod", "--bind_ip_all", "--quiet", "--wiredTigerCacheSizeGB", "0.25"),
        health="HOME=/tmp mongosh --quiet --norc --nodb /etc/health.js",
    ),
    Contract(
        name="redis",
        version="redis-server --version",
        runs_as="999:999",
        ports=frozenset({6379}),
        volumes=frozenset({"/data"}),
        entrypoint=("docker-entrypoint.sh",),
        cmd=("redis-server",),
        owned=(("/data", "999:999"),),
        arguments=("redis-server", "/etc/redis.conf", "--appendonly", "yes"),
        health='REDISCLI_AUTH="$(cat /run/secrets/password)" redis-cli -e ping',
    ),
    Contract(
        name="prometheus",
        version="prometheus --version",
        user="nobody",
        runs_as="65534:65534",
        ports=frozenset({9090}),
        volumes=frozenset({"/prometheus"}),
        entrypoint=("/bin/prometheus",),
        cmd=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        owned=(("/prometheus", "65534:65534"), ("/etc/prometheus/prometheus.yml", "65534:65534")),
        health="wget -qO- http://127.0.0.1:9090/-/ready",
    ),
    Contract(
        name="grafana",
        version="grafana --version",
        user="472",
        runs_as="472:0",
        ports=frozenset({3000}),
        entrypoint=("/run.sh",),
        owned=(("/var/lib/grafana", "472:0"), ("/etc/grafana/provisioning", "472:0")),
        options=(
            "-e=GF_SECURITY_ADMIN_PASSWORD__FILE=/run/secrets/password",
            "-e=GF_ANALYTICS_CHECK_FOR_UPDATES=false",
            "-e=GF_ANALYTICS_REPORTING_ENABLED=false",
            "-v=/var/lib/grafana",
        ),
        health="wget -qO- http://127.0.0.1:3000/api/health",
    ),
    Contract(
        name="redis-exporter",
        version="/redis_exporter --version 2>&1",
        user="59000:59000",
        runs_as="59000:59000",
        ports=frozenset({9121}),
        entrypoint=("/redis_exporter",),
        health="wget -qO- http://127.0.0.1:9121/health",
    ),
    Contract(
        name="jaeger",
        version="/cmd/jaeger/jaeger-linux version",
        user="10001",
        runs_as="10001:10001",
        ports=frozenset({4317, 4318, 5778, 5779, 9411, 13132, 13133, 14250, 14268, 16686}),
        volumes=frozenset({"/tmp"}),
        entrypoint=("/cmd/jaeger/jaeger-linux",),
        owned=(("/tmp", "0:0"),),
        arguments=("--config", "/etc/jaeger.yml"),
        health="wget -qO- http://127.0.0.1:13133/status",
    ),
)
HELPERS = (
    Contract(name="base", version="cat /etc/debian_version", cmd=("bash",)),
    Contract(name="tools", version="cat /etc/debian_version", cmd=("bash",)),
    Contract(name="python", version="python --version", cmd=("python3",)),
)
BY_NAME = {contract.name: contract for contract in SERVICES + HELPERS}
every_image = pytest.mark.parametrize("contract", SERVICES + HELPERS, ids=lambda contract: contract.name)
every_service = pytest.mark.parametrize("contract", SERVICES, ids=lambda contract: contract.name)


def call(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run docker with these words; both of its streams come back in stdout."""
    done = subprocess.run(
        ["docker", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300
    )
    assert not check or done.returncode == 0, f"docker {' '.join(words)}: exit {done.returncode}\n{done.stdout}"
    return done


def config(contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("image", "inspect", contract.image).stdout)[0]["Config"]
    return found


def once(contract: Contract, command: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one shell command in a container that goes away, whatever the image's entrypoint is."""
    words = ("run", "--rm", "--label", "stackctl.helper=true", *options, "--entrypoint", "sh", contract.image)
    return call(*words, "-c", command, check=check)


def hardened(contract: Contract) -> tuple[str, ...]:
    """The options of production: no capability, no writable root, a numeric user, a small /tmp."""
    return (
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges:true",
        "--tmpfs=/tmp:size=64m,mode=1777,nosuid,nodev,noexec",
        f"--user={contract.runs_as}",
    )


@pytest.fixture(scope="module", autouse=True)
def images_are_built() -> None:
    for contract in BY_NAME.values():
        if call("image", "inspect", contract.image, check=False).returncode:
            pytest.fail(f"{contract.image} is not on this engine: run make images")


@pytest.fixture
def password() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Box:
    """One running container of an image."""

    contract: Contract
    name: str

    def exec(self, command: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return call("exec", *options, self.name, "sh", "-c", command, check=check)

    def mongosh(self, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return call("exec", "-e", "HOME=/tmp", self.name, "mongosh", "--quiet", "--nodb", "--eval", script, check=check)

    def healthy(self) -> "Box":
        """Wait for the health command; a container that ended, or one that never gets there, fails with its log."""
        for _ in range(240):
            answer = self.exec(self.contract.health, check=False)
            if answer.returncode == 0:
                return self
            if call("inspect", "-f", "{{.State.Running}}", self.name).stdout.strip() != "true":
                break
            time.sleep(0.5)
        pytest.fail(f"{self.name} did not become healthy: {answer.stdout}\n{call('logs', self.name).stdout[-4000:]}")

    def stop(self) -> int:
        """Stop as Compose does and return the exit code; 137 would be a kill after the grace time."""
        call("stop", "--time", "30", self.name)
        return int(call("inspect", "-f", "{{.State.ExitCode}}", self.name).stdout)


Start = Callable[..., Box]


@pytest.fixture
def mounts(tmp_path: Path, password: str) -> tuple[str, ...]:
    """The files that the contracts above name: a password with a newline at its end, and the servers' settings."""
    files = {
        "/run/secrets/password": f"{password}\n",
        "/etc/health.js": MONGO_LOGIN + "quit(db.adminCommand({listDatabases: 1, nameOnly: true}).ok === 1 ? 0 : 1);",
        "/etc/redis.conf": f"requirepass {password}\ndir /data\n",
        "/etc/jaeger.yml": JAEGER_CONFIG,
    }
    options: list[str] = []
    for target, text in files.items():
        source = tmp_path / Path(target).name
        source.write_text(text)
        source.chmod(0o644)
        options.append(f"-v={source}:{target}:ro")
    return tuple(options)


@contextmanager
def volume() -> Iterator[str]:
    name = f"stackctl-contract-{os.getpid()}-{secrets.token_hex(4)}"
    call("volume", "create", "--label", "stackctl.helper=true", name)
    try:
        yield name
    finally:
        call("volume", "rm", "--force", name, check=False)


@pytest.fixture
def start(mounts: tuple[str, ...]) -> Iterator[Start]:
    """Start containers; they and their unnamed volumes are gone after the test, whatever happened in it."""
    names: list[str] = []

    def run(name: str, *options: str, arguments: tuple[str, ...] | None = None) -> Box:
        contract = BY_NAME[name]
        box = Box(contract, f"stackctl-contract-{name}-{os.getpid()}-{secrets.token_hex(4)}")
        names.append(box.name)
        words = contract.arguments if arguments is None else arguments
        label = "--label=stackctl.helper=true"
        call("run", "-d", "--name", box.name, label, *mounts, *contract.options, *options, contract.image, *words)
        return box

    yield run
    for name in names:
        call("rm", "--force", "--volumes", name, check=False)


# ----------------------------------------------------------------------------------------------- what the image says


@every_image
def test_declares_user_ports_volumes_and_command_as_the_official_image_does(contract: Contract) -> None:
    found = config(contract)
    assert found.get("User", "") == contract.user
    assert {int(port.split("/")[0]) for port in found.get("ExposedPorts") or {}} == contract.ports
    assert set(found.get("Volumes") or {}) == contract.volumes
    assert tuple(found.get("Entrypoint") or ()) == contract.entrypoint
    assert tuple(found.get("Cmd") or ()) == contract.cmd


@every_image
def test_labels_name_the_image_and_the_version_inside(contract: Contract) -> None:
    labels = config(contract)["Labels"]
    assert labels["stackctl.kind"] == "local"
    assert labels["org.opencontainers.image.title"] == f"stackctl/{contract.name}"
    assert labels["org.opencontainers.image.description"]
    assert labels["org.opencontainers.image.version"] == labels["stackctl.version"]
    assert labels["stackctl.version"] in once(contract, contract.version).stdout
    assert "stackctl.helper" not in labels, "helper containers carry it; an image would pass it on to services too"


@every_service
def test_data_paths_belong_to_the_official_user(contract: Contract) -> None:
    paths = " ".join(path for path, _ in contract.owned)
    if not paths:
        assert not config(contract).get("Volumes"), "an image without data declares no volume"
        return
    owners = once(contract, f"stat -c %u:%g {paths}", "--user=0").stdout.split()
    assert tuple(owners) == tuple(owner for _, owner in contract.owned)


# ------------------------------------------------------------------------------------------------- what the server does


@every_service
def test_runs_like_production_and_stops_cleanly(contract: Contract, start: Start, password: str) -> None:
    box = start(contract.name, *hardened(contract)).healthy()

    processes = call("top", box.name, "-eo", "pid,args").stdout
    assert password not in processes
    assert password not in call("inspect", box.name).stdout
    assert password not in call("logs", box.name).stdout
    assert box.stop() in {0, 143}


@every_service
def test_runs_as_compose_starts_it_by_default(contract: Contract, start: Start) -> None:
    box = start(contract.name).healthy()

    status = box.exec("cat /proc/1/status").stdout
    uid, gid = contract.runs_as.split(":")
    if contract.name == "jaeger":
        gid = "0"  # the official image names a user without a group
    assert [line.split()[2] for line in status.splitlines() if line.startswith(("Uid:", "Gid:"))] == [uid, gid]
    assert box.stop() in {0, 143}


@every_service
def test_restarts_on_the_same_volume(contract: Contract, start: Start) -> None:
    box = start(contract.name).healthy()
    box.stop()
    call("start", box.name)
    box.healthy()


# -------------------------------------------------------------------------------------------------------------- MongoDB


def test_mongodb_refuses_a_wrong_password(start: Start) -> None:
    box = start("mongodb").healthy()
    answer = box.mongosh(
        "connect('mongodb://root:wrong@localhost/admin').adminCommand({listDatabases: 1})", check=False
    )
    assert answer.returncode != 0
    assert "Authentication failed" in answer.stdout


def test_mongodb_refuses_an_insert_without_login(start: Start) -> None:
    box = start("mongodb").healthy()
    answer = box.mongosh("connect('mongodb://localhost/test').items.insertOne({a: 1})", check=False)
    assert answer.returncode != 0
    assert "uthentication" in answer.stdout


def test_mongodb_keeps_the_password_of_the_first_start(start: Start, password: str, tmp_path: Path) -> None:
    with volume() as data:
        first = start("mongodb", f"-v={data}:/data/db").healthy()
        first.mongosh(MONGO_LOGIN + "db.getSiblingDB('shop').items.insertOne({_id: 'kept'})")
        call("rm", "--force", "--volumes", first.name)

        other = tmp_path / "other"
        other.write_text("another password\n")
        other.chmod(0o644)
        second = start(
            "mongodb", f"-v={data}:/data/db", f"-v={other}:/other:ro", "-e=MONGO_INITDB_ROOT_PASSWORD_FILE=/other"
        ).healthy()
        found = second.mongosh(MONGO_LOGIN + "print(db.getSiblingDB('shop').items.findOne()._id)")
        assert found.stdout.split()[-1] == "kept"
        uri = "mongodb://root:another%20password@localhost/admin"
        assert second.mongosh(f"connect('{uri}').adminCommand({{listDatabases: 1}})", check=False).returncode != 0
        call("rm", "--force", "--volumes", second.name)


def test_mongodb_without_root_user_asks_for_no_login(start: Start) -> None:
    box = start("mongodb", "-e=MONGO_INITDB_ROOT_USERNAME=", "-e=MONGO_INITDB_ROOT_PASSWORD_FILE=", arguments=())
    for _ in range(120):
        answer = box.mongosh("connect('mongodb://localhost/test').items.insertOne({_id: 1})", check=False)
        if answer.returncode == 0:
            return
        time.sleep(0.5)
    pytest.fail(answer.stdout)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-e=MONGO_INITDB_ROOT_PASSWORD=one", "-e=MONGO_INITDB_ROOT_PASSWORD_FILE=/etc/hostname"], "both"),
        (["-e=MONGO_INITDB_ROOT_USERNAME=root"], "missing"),
        (["-e=MONGO_INITDB_ROOT_PASSWORD=one"], "missing"),
        (["-e=MONGO_INITDB_ROOT_USERNAME=root", "-e=MONGO_INITDB_ROOT_PASSWORD_FILE=/none"], "/none"),
    ],
)
def test_mongodb_refuses_half_a_login(options: list[str], said: str) -> None:
    done = call("run", "--rm", "--label=stackctl.helper=true", *options, BY_NAME["mongodb"].image, check=False)
    assert done.returncode == 1
    assert said in done.stdout


def test_mongodb_says_which_options_it_ignores_and_refuses_what_it_cannot_do(start: Start) -> None:
    box = start("mongodb").healthy()
    assert "ignores --wiredTigerCacheSizeGB" in call("logs", box.name).stdout

    image = BY_NAME["mongodb"].image
    for option in (["--replSet", "rs0"], ["--nonsense"]):
        done = call("run", "--rm", "--label=stackctl.helper=true", image, "mongod", *option, check=False)
        assert done.returncode == 2
        assert option[0] in done.stdout


def test_mongodb_runs_scripts_on_the_first_start(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "init.js"
    script.write_text("db.things.insertOne({_id: 'made at first start'});")
    script.chmod(0o644)
    box = start(
        "mongodb", f"-v={script}:/docker-entrypoint-initdb.d/init.js:ro", "-e=MONGO_INITDB_DATABASE=shop"
    ).healthy()
    answer = box.mongosh(MONGO_LOGIN + "print(db.getSiblingDB('shop').things.findOne()._id)")
    assert "made at first start" in answer.stdout


def test_mongodb_dumps_and_restores_documents_and_indexes(start: Start) -> None:
    box = start("mongodb").healthy()
    fill = "const c = db.getSiblingDB('shop').items; c.createIndex({n: 1}, {unique: true});"
    box.mongosh(MONGO_LOGIN + fill + "c.insertMany(Array.from({length: 1000}, (_, n) => ({n})));")
    # --config holds the password: as an option it would show in the process list.
    box.exec("umask 077; printf 'password: %s\\n' \"$(cat /run/secrets/password)\" >/tmp/login.yml")
    login = "--config=/tmp/login.yml --username=root --authenticationDatabase=admin"
    box.exec(f"mongodump {login} --db=shop --archive=/tmp/shop.archive --quiet")
    box.mongosh(MONGO_LOGIN + "db.getSiblingDB('shop').dropDatabase();")
    box.exec(f"mongorestore {login} --archive=/tmp/shop.archive --drop --stopOnError --quiet")
    count = "const c = db.getSiblingDB('shop').items; print(c.countDocuments(), c.getIndexes().length);"
    assert box.mongosh(MONGO_LOGIN + count).stdout.split()[-2:] == ["1000", "2"]


def test_mongodb_serves_metrics_on_its_debug_address(start: Start) -> None:
    box = start("mongodb").healthy()
    metrics = once(BY_NAME["tools"], "wget -qO- http://127.0.0.1:8088/debug/metrics", f"--network=container:{box.name}")
    assert "ferretdb_" in metrics.stdout


# ---------------------------------------------------------------------------------------------------------------- Redis


def test_redis_refuses_without_password_and_with_a_wrong_one(start: Start) -> None:
    box = start("redis").healthy()
    without = box.exec("redis-cli -e set a 1", check=False)
    assert (without.returncode, "NOAUTH" in without.stdout) == (1, True)
    assert box.exec("REDISCLI_AUTH=wrong redis-cli -e set a 1", check=False).returncode == 1


def test_redis_without_password_answers_other_containers(start: Start) -> None:
    box = start("redis", arguments=())
    address = call("inspect", "-f", "{{.NetworkSettings.IPAddress}}", box.name).stdout.strip()
    ask = f"for i in $(seq 100); do redis-cli -e -h {address} ping && exit; sleep 0.2; done; exit 1"
    assert "PONG" in once(BY_NAME["redis"], ask).stdout


def test_redis_takes_options_alone_as_its_command() -> None:
    words = ("run", "--rm", "--label=stackctl.helper=true", BY_NAME["redis"].image)
    for command in (["redis-server", "--version"], ["--version"]):
        assert call(*words, *command).stdout.startswith("Redis server v=8.0")


def test_redis_keeps_data_over_a_stop(start: Start) -> None:
    box = start("redis").healthy()
    cli = 'REDISCLI_AUTH="$(cat /run/secrets/password)" redis-cli -e'
    box.exec(f"{cli} set kept 1")
    assert box.stop() in {0, 143}
    call("start", box.name)
    assert box.healthy().exec(f"{cli} get kept").stdout.strip() == "1"


# ----------------------------------------------------------------------------------------------------------- Prometheus


@pytest.mark.parametrize("source", ["", str(ROOT / "stacks/core/prometheus/prometheus.yml")], ids=["default", "core"])
def test_prometheus_accepts_the_configuration(source: str) -> None:
    mount = [f"-v={source}:/etc/prometheus/prometheus.yml:ro"] if source else []
    once(BY_NAME["prometheus"], "promtool check config /etc/prometheus/prometheus.yml", *mount)


def test_promtool_refuses_a_wrong_configuration(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("scrape_configs: [{job_name: a, nonsense: 1}]\n")
    wrong.chmod(0o644)
    done = once(BY_NAME["prometheus"], "promtool check config /wrong.yml", f"-v={wrong}:/wrong.yml:ro", check=False)
    assert done.returncode != 0


# -------------------------------------------------------------------------------------------------------------- Grafana


def test_grafana_takes_its_password_from_a_file(start: Start) -> None:
    box = start("grafana").healthy()
    ask = "curl -sS -o /dev/null -w '%{http_code}' --config - http://127.0.0.1:3000/api/org"
    right = box.exec(f'printf \'user = "admin:%s"\' "$(cat /run/secrets/password)" | {ask}')
    wrong = box.exec(f"printf 'user = \"admin:admin\"' | {ask}")
    assert (right.stdout, wrong.stdout) == ("200", "401")


def test_grafana_refuses_both_forms_of_a_setting() -> None:
    both = ("-e=GF_SECURITY_ADMIN_PASSWORD=one", "-e=GF_SECURITY_ADMIN_PASSWORD__FILE=/etc/hostname")
    done = call("run", "--rm", "--label=stackctl.helper=true", *both, BY_NAME["grafana"].image, check=False)
    assert done.returncode == 1
    assert "GF_SECURITY_ADMIN_PASSWORD" in done.stdout


def test_grafana_follows_its_path_variables(start: Start) -> None:
    box = start("grafana", "-e=GF_PATHS_DATA=/var/lib/grafana/elsewhere").healthy()
    box.exec("test -s /var/lib/grafana/elsewhere/grafana.db")


# --------------------------------------------------------------------------------------------------------------- Jaeger


def test_jaeger_stores_a_span_and_gives_it_back(start: Start) -> None:
    box = start("jaeger").healthy()
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "hop",
        "kind": 2,
        "startTimeUnixNano": str(time.time_ns() - 1_000_000),
        "endTimeUnixNano": str(time.time_ns()),
    }
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "contract"}}]}
    body = json.dumps({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": [span]}]}]})
    send = f"curl -sSf -H 'Content-Type: application/json' -d '{body}' http://127.0.0.1:4318/v1/traces"
    network = f"--network=container:{box.name}"
    once(BY_NAME["tools"], send, network)
    ask = f"curl -sSf --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:16686/api/traces/{span['traceId']}"
    assert json.loads(once(BY_NAME["tools"], ask, network).stdout)["data"][0]["spans"][0]["operationName"] == "hop"


# -------------------------------------------------------------------------------------------------------------- helpers


def test_tools_keep_attributes_and_acls_in_a_compressed_archive() -> None:
    once(
        BY_NAME["tools"],
        """set -e; mkdir /work && cd /work && echo 1 >file && chown 999:999 file
        setfacl -m u:472:r file
        tar --xattrs --acls -cf - file | zstd -q >file.tar.zst
        rm file && zstd -dc file.tar.zst | tar --xattrs --acls -xf -
        getfacl -n file | grep -x user:472:r--; [ "$(stat -c %u file)" = 999 ]""",
    )


def test_tools_hold_sqlite_and_the_network_clients() -> None:
    once(
        BY_NAME["tools"],
        'python3 -c \'import sqlite3; sqlite3.connect(":memory:").backup(sqlite3.connect(":memory:"))\'',
    )
    once(BY_NAME["tools"], "dig -v && getent hosts localhost && curl --version && wget --version")
    once(BY_NAME["tools"], "test -s /etc/ssl/certs/ca-certificates.crt")


def test_python_makes_a_virtual_environment_as_any_user() -> None:
    command = """set -e; python --version | grep -F 3.13; pip --version
    python -m venv /tmp/venv && /tmp/venv/bin/pip --version
    /tmp/venv/bin/python -c 'import sys, ssl, sqlite3, ctypes, zoneinfo; assert sys.prefix == "/tmp/venv"'"""
    once(BY_NAME["python"], command, "--user=10000:10000", "--read-only", "--cap-drop=ALL", "--tmpfs=/tmp:exec")
