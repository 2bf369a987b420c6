# ruff: noqa: E501 - recorded lines stay as the engine wrote them
"""Every code, from evidence in a real engine's words; and what must give none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from stackctl.health.codes import CODES
from stackctl.health.evidence import Evidence, FindingFacts, ImageFacts, Listener, MountFacts, VolumeAge
from stackctl.health.silence import quiet_line
from stackctl.health.verdict import verdicts
from tests.unit.health.made import (
    EXEC,
    NOW,
    bind,
    container,
    ended,
    port,
    refused,
    service,
    stack,
    store,
    unhealthy,
)

CONF = bind("/w/r.conf", "/r.conf")
PROM = bind("/w/p.yml", "/etc/prometheus/prometheus.yml")
RUNS = container("running", listeners=(Listener(6379),), addresses={"shop_default": "172.18.0.2"})
CACHE = service("cache", RUNS, driver="redis")
TWO = {"cache": "service_healthy"}


def client(*log: str, needs: object = None, **facts: object) -> Evidence:
    return stack(CACHE, service("app", container("exited", *log), depends_on=needs or TWO, **facts))


def finding(code: str) -> Evidence:
    return stack(
        service("app"), complaint="x", findings=(FindingFacts(code, "app", f"{code} of app", "see: docker ps"),)
    )


def complained(text: str) -> Evidence:
    return stack(service("app"), complaint=text)


KNOWN: list[tuple[str, Evidence]] = [
    ("command-not-found", refused(f'{EXEC}exec: "nosuchcmd": executable file not found in $PATH: unknown')),
    ("command-not-found", refused(f'{EXEC}exec: "/opt/run": stat /opt/run: no such file or directory: unknown')),
    ("command-not-found", refused("exec /run.sh: no such file or directory", mounts=(bind("/w/run.sh", "/run.sh"),))),
    ("command-not-found", ended("/bin/sh: 1: serve-it: not found", code=127)),
    ("command-not-found", ended("bash: line 1: serve-it: command not found", code=127)),
    ("command-not-executable", refused(f'{EXEC}exec: "/etc/passwd": permission denied: unknown')),
    ("command-not-executable", ended("sh: 1: /run.sh: Permission denied", code=126)),
    ("command-not-executable", ended("exec /run.sh: exec format error", code=255)),
    ("wrong-architecture", ended("exec /app/server: exec format error", image_facts=ImageFacts("arm64"))),
    ("image-platform", complained("no matching manifest for linux/arm64/v8 in the manifest list entries")),
    ("image-platform", stack(service("app", platform="linux/arm64"))),
    ("image-not-found", complained("Error response from daemon: pull access denied for nosuch/image, repository does")),
    (
        "image-not-found",
        stack(
            service("app", image="no/such:1", image_facts=None),
            registry={"no/such:1": 'error pinging v2 registry: Get "https://registry-1.docker.io/v2/": no such host'},
        ),
    ),
    (
        "build-failed",
        complained("failed to solve: process '/bin/sh -c false' did not complete successfully: exit code: 1"),
    ),
    ("port-in-use", refused("Bind for 0.0.0.0:8080 failed: port is already allocated")),
    ("port-in-use", finding("port-in-use")),
    ("port-duplicate", finding("port-duplicate")),
    ("name-in-use", complained('Conflict. The container name "/db" is already in use by container "abc".')),
    (
        "name-in-use",
        stack(service("a", container("created"), container_name="x"), service("app", container_name="x")),
    ),
    ("command-not-found", ended("exec /run.sh: no such file or directory")),
    ("network-missing", complained("network far declared as external, but could not be found")),
    ("volume-missing", complained('external volume "far" not found')),
    ("subnet-overlap", complained("invalid pool request: Pool overlaps with other one on this address space")),
    (
        "address-pool-exhausted",
        complained("could not find an available, non-overlapping IPv4 address pool among the defaults"),
    ),
    ("bind-source-missing", complained('invalid mount config for type "bind": bind source path does not exist: /w/x')),
    (
        "mount-type-mismatch",
        refused(
            f'{EXEC}error during container init: error mounting "/w/no" to rootfs at "/etc/passwd": mount /w/no:/etc/passwd'
            ": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?"
        ),
    ),
    (
        "mount-type-mismatch",
        ended("cat: /etc/app.conf: Is a directory", mounts=(bind("/w/app.conf", "/etc/app.conf"),)),
    ),
    ("permission-denied", ended("PermissionError: [Errno 13] Permission denied: '/etc/mine'")),
    ("permission-denied", ended("Error: EACCES: permission denied, open '/data/x'")),
    ("permission-denied", ended("open /var/lib/app/lock: permission denied")),
    ("read-only-filesystem", ended("touch: cannot touch '/srv/x': Read-only file system")),
    ("read-only-filesystem", ended("Error: EROFS: read-only file system, open '/x'")),
    ("disk-full", ended("dd: error writing '/t/x': No space left on device", mounts=(MountFacts("tmpfs", "", "/t"),))),
    ("disk-full", refused("write /var/lib/docker/overlay2/x: no space left on device")),
    (
        "out-of-memory",
        stack(service("app", container("exited", exit_code=137, oom_killed=True, memory_limit=20 << 20))),
    ),
    (
        "out-of-memory",
        ended("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", code=134),
    ),
    ("crashed", ended("boom", code=3)),
    ("crash-loop", stack(service("app", container("restarting", "no", restarts=5), restart="always"))),
    ("exited-early", ended("bye", code=0)),
    ("one-shot-failed", ended("migrating", code=2, job="yes")),
    ("variable-missing", stack(complaint="the variable NEEDED is missing: say it")),
    ("variable-missing", ended("    raise KeyError(key) from None", "KeyError: 'DATABASE_URL'")),
    ("variable-missing", ended("sh: 1: API_BASE: parameter not set", code=2)),
    ("variable-missing", ended("Error: Missing required environment variable: SESSION_SECRET")),
    ("secret-unreadable", ended("PermissionError: [Errno 13] Permission denied: '/run/secrets/db'")),
    ("secret-unreadable", ended("cat: /run/secrets/db: No such file or directory")),
    (
        "probe-tool-missing",
        unhealthy(
            "curl",
            'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": '
            "executable file not found in $PATH: unknown",
            -1,
        ),
    ),
    ("probe-tool-missing", unhealthy("nocurl -f x", "/bin/sh: 1: nocurl: not found", 127)),
    ("probe-wrong-port", unhealthy("curl -f http://localhost:9000/", "curl: (7) Failed to connect", 7, (8000,))),
    ("probe-wrong-port", unhealthy("redis-cli -p 6380 ping", "Could not connect", 1, (6379,))),
    ("probe-failing", unhealthy("curl -f http://localhost:8000/h", "curl: (22) error: 404", 22, (8000,))),
    ("probe-failing", unhealthy("test -f /tmp/ready", "", 1)),
    ("probe-timeout", unhealthy("sleep 9", "Health check exceeded timeout (1s)", -1)),
    ("never-listening", unhealthy("curl -f http://localhost:8000/", "curl: (7) Failed to connect", 7, ())),
    (
        "listens-on-loopback",
        stack(service("app", container("running", listeners=(Listener(80, loopback=True),)), ports=(port(80),))),
    ),
    ("dependency-refused", client("Could not connect to Redis at cache:6390: Connection refused")),
    ("dependency-refused", client("Error: connect ECONNREFUSED 172.18.0.2:6379", needs={"cache": "service_started"})),
    ("dependency-refused", client("dial tcp 127.0.0.1:6379: connect: connection refused")),
    ("dependency-refused", client("redis.exceptions.ConnectionError: Error 111 connecting to cache:6390. Connection")),
    ("dependency-unknown-host", client("Error: getaddrinfo ENOTFOUND cahce")),
    ("dependency-unknown-host", client("dial tcp: lookup cahce on 127.0.0.11:53: no such host")),
    ("dependency-unknown-host", client("java.net.UnknownHostException: cahce")),
    ("dependency-unknown-host", client("socket.gaierror: [Errno -2] Name or service not known")),
    ("dependency-unknown-host", client("curl: (6) Could not resolve host: cahce")),
    ("dependency-failed", stack(CACHE, service("app", container("created"), depends_on=TWO))),
    ("auth-failed", client("WRONGPASS invalid username-password pair or user is disabled.")),
    ("auth-failed", client("NOAUTH Authentication required.")),
    (
        "auth-failed",
        client("pymongo.errors.OperationFailure: Authentication failed., full error: {'ok': 0.0, 'code': 18}"),
    ),
    (
        "service-config-invalid",
        store(
            "redis",
            "*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***",
            "Reading the configuration file, at line 2",
            mounts=(CONF,),
        ),
    ),
    (
        "service-config-invalid",
        store(
            "prometheus",
            'ts=2026-11-21T08:57:00Z caller=main.go:537 level=error msg="Error loading config (--config.file=/etc/prometheus/'
            'prometheus.yml)" file=/etc/prometheus/prometheus.yml err="parsing YAML file /etc/prometheus/prometheus.yml: yaml: '
            'unmarshal errors:\\n  line 2: field scrape_intervall not found in type config.plain"',
            mounts=(PROM,),
        ),
    ),
    (
        "service-config-invalid",
        store(
            "grafana",
            'logger=provisioning level=error msg="Failed to provision data sources" error="Datasource provisioning error: '
            "yaml: line 2: did not find expected ',' or ']'\"",
        ),
    ),
    ("service-config-invalid", store("mongodb", '{"level":"ERROR","msg":"unknown option --nosuchoption"}')),
    ("permission-denied", store("redis", "# Can't open or create append-only dir appendonlydir: Permission denied")),
    ("data-version-mismatch", store("redis", "Can't handle RDB format version 99")),
    ("data-version-mismatch", store("mongodb", '{"s":"F","msg":"UPGRADE PROBLEM: found an invalid fCV document"}')),
    ("data-corrupt", store("redis", "Wrong signature trying to load DB from file")),
    ("data-corrupt", store("redis", "Bad file format reading the append only file appendonly.aof.1.incr.aof")),
    (
        "data-locked",
        store("mongodb", '{"s":"E","attr":{"error":"DBPathInUse: Unable to lock the lock file: /data/db"}}'),
    ),
    (
        "data-locked",
        store("prometheus", 'err="opening storage failed: lock DB directory: resource temporarily unavailable"'),
    ),
    ("data-locked", store("jaeger", 'Cannot acquire directory lock on "/badger/key". Another process is using this')),
    ("data-locked", store("grafana", 'level=error msg="failed" error="database is locked"')),
    ("engine-unreachable", stack(complaint="Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")),
    ("unknown", stack(service("app", container("paused")), timed_out=("app",))),
    # A container that the engine refused to create leaves nothing but the project's network, or Compose's words.
    ("unknown", stack(service("app"), networks=("shop_default",))),
    ("unknown", complained("Error response from daemon: unknown or invalid runtime name: nosuch")),
    ("address-pool-exhausted", stack(service("app"), networks=("shop_a",), subnets_left=0)),
    ("disk-full", stack(service("app"), findings=(FindingFacts("disk-full", "disk", "only 9 MB are free", "see"),))),
    (
        "build-failed",
        stack(
            service("app", built=True, image_facts=None),
            builds={"app": 'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully'},
        ),
    ),
    ("variable-missing", ended("sh: 1: PG_HOST: must be set", code=2)),
    ("variable-missing", ended("ImproperlyConfigured: Set the SECRET_HASH environment variable")),
    ("variable-missing", ended("Invalid environment variables: { NEXTAUTH_URL: [ 'Required' ] }")),
    ("variable-missing", ended("You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH and")),
    ("dependency-unknown-host", ended("(DBConnection.ConnectionError) tcp connect (dbx:5432): non-existing domain")),
    ("dependency-unknown-host", ended("System.Net.Http.HttpRequestException: Name or service not known (identity:80)")),
    ("dependency-refused", ended('Os { code: 111, kind: ConnectionRefused, message: "Connection refused" }')),
    ("auth-failed", ended("AccessRefused: (0, 0): (403) ACCESS_REFUSED - Login was refused using authentication")),
    ("service-config-invalid", ended('ERR Error while building configuration error="yaml: line 4: could not find"')),
    ("service-config-invalid", ended("failed parsing config: /etc/loki/local-config.yaml: yaml: unmarshal errors:")),
    ("service-config-invalid", ended("/etc/caddy/Caddyfile:2: unrecognized directive: revers_proxy")),
    (
        "data-version-mismatch",
        ended("IllegalStateException: cannot downgrade a node from version [8.11.0] to version [8.5.3]"),
    ),
    ("crashed", ended('npm ERR! Missing script: "start"', "npm ERR! To see a list of scripts, run:")),
    (
        "crashed",
        ended("bootstrap check failure [1] of [1]: max virtual memory areas vm.max_map_count [65530] is too low"),
    ),
    ("variable-missing", ended("/entrypoint.sh: line 3: PG_HOST: say where", code=1)),
    ("variable-missing", ended("       You must specify POSTGRES_PASSWORD to a non-empty value for the")),
    (
        "variable-missing",
        ended("You need to specify one of the following as an environment variable:", "    - MYSQL_X"),
    ),
    (
        "variable-missing",
        ended("1 validation error for Settings", "database_url", "  Field required [type=missing, input_value={}]"),
    ),
    ("command-not-found", ended("env: ‘node’: No such file or directory", code=127)),
    ("command-not-found", ended("sh: 1: APP_START: not found", code=127)),
    ("port-in-use", ended("OSError: [Errno 98] Address already in use", network_mode="host")),
    ("port-in-use", ended("Error: listen EADDRINUSE: address already in use :::3000")),
    ("out-of-memory", stack(service("app", container("running", restarts=4, oom_killed=True, started=NOW)))),
    ("crash-loop", stack(service("app", container("running", "boom", restarts=2, started=NOW, exits=(1, 1))))),
    ("service-config-invalid", ended('nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:12')),
    ("service-config-invalid", ended("AH00526: Syntax error on line 3 of /usr/local/apache2/conf/httpd.conf:")),
    (
        "service-config-invalid",
        ended("[ALERT] (1) : config : parsing [/usr/local/etc/haproxy/haproxy.cfg:12] : unknown keyword 'bnd'"),
    ),
    ("service-config-invalid", ended('FATAL:  unrecognized configuration parameter "shared_bufers"')),
    ("service-config-invalid", ended('level=error msg="error parsing config file: yaml: line 3: mapping values"')),
    (
        "service-config-invalid",
        store("mongodb", '{"msg":"this local image cannot do --config: use the official image"}'),
    ),
    ("data-version-mismatch", ended("FATAL:  database files are incompatible with server")),
    ("data-version-mismatch", ended("Cannot boot server version 80034 on data directory built by version 57")),
    ("data-locked", ended("InnoDB: Unable to lock ./ibdata1 error: 11")),
    ("data-corrupt", ended("PANIC:  could not locate a valid checkpoint record")),
    (
        "dependency-unknown-host",
        stack(
            CACHE,
            service("app", container("exited", exit_code=6, argv=("curl", "-sf", "http://cahce:80/")), depends_on=TWO),
        ),
    ),
    (
        "dependency-unknown-host",
        stack(
            CACHE,
            service("app", container("exited", exit_code=4, argv=("wget", "-q", "http://cache/")), networks=("front",)),
        ),
    ),
]


@pytest.mark.parametrize(("code", "evidence"), KNOWN, ids=[f"{n}-{code}" for n, (code, _e) in enumerate(KNOWN)])
def test_a_cause_has_its_code(code: str, evidence: Evidence) -> None:
    found = verdicts(evidence)
    assert [item.code for item in found] == [code]
    assert found[0].cause
    assert found[0].evidence
    assert found[0].fix.text
    assert code in CODES


def test_every_code_has_recorded_evidence() -> None:
    assert set(CODES) - {code for code, _evidence in KNOWN} == {"credentials-changed"}  # below


def test_a_volume_that_is_older_than_its_password() -> None:
    secret = {"MONGO_PASSWORD": "aa"}
    data = MountFacts("volume", "shop_data", "/data/db")
    db = service("db", container("running"), driver="mongodb", mounts=(data,), fingerprints=secret)
    app = service(
        "app", container("exited", "Authentication failed., code: 18"), depends_on={"db": ""}, fingerprints=secret
    )
    old = {"shop_data": VolumeAge(NOW - timedelta(days=2))}
    found = verdicts(stack(db, app, volumes=old))
    assert [(item.code, item.service, item.because_of_it) for item in found] == [
        ("credentials-changed", "db", ("app",))
    ]
    assert [item.code for item in verdicts(stack(db, app))] == ["auth-failed"]


def test_a_store_that_refuses_the_new_password_of_its_own_check() -> None:
    old = {"shop_data": VolumeAge(NOW - timedelta(days=2))}
    data = MountFacts("volume", "shop_data", "/data/db")
    sick = unhealthy("mongosh --eval ping", "MongoServerError: Authentication failed.").services["app"]
    db = replace(sick, driver="mongodb", mounts=(data,))
    assert [item.code for item in verdicts(stack(db, volumes=old))] == ["credentials-changed"]
    young = {"shop_data": VolumeAge(NOW - timedelta(seconds=21))}
    assert [item.code for item in verdicts(stack(db, volumes=young))] == ["probe-failing"]


def test_what_a_process_got_over_is_not_why_it_ended() -> None:
    retried = ("connect ECONNREFUSED cache:6379, retry", "connected to cache", "ValueError: bad row")
    assert [item.code for item in verdicts(client(*retried))] == ["crashed"]
    long_ago = ("chown: /data: Permission denied", *(f"GET /{number} 200" for number in range(50)), "boom")
    assert [item.code for item in verdicts(ended(*long_ago))] == ["crashed"]


def test_frames_of_a_stack_trace_do_not_hide_its_reason() -> None:
    frames = tuple(f"    at Object.<anonymous> (/app/node_modules/x/{number}.js:1:1)" for number in range(90))
    assert [item.code for item in verdicts(ended("Error: getaddrinfo ENOTFOUND db", *frames))] == [
        "dependency-unknown-host"
    ]


def test_a_service_that_was_left_out_of_the_start_is_missed_only_when_it_is_named() -> None:
    runs = service("app", container("running"))
    found = FindingFacts("port-in-use", "other", "port 80 of other is taken", "free it")
    evidence = stack(runs, service("other"), findings=(found,))
    assert verdicts(evidence) == []
    assert [item.code for item in verdicts(replace(evidence, wanted=("other",)))] == ["port-in-use"]
    assert [item.code for item in verdicts(replace(evidence, complaint="x"))] == ["port-in-use"]


def test_what_needs_a_service_that_was_not_made_fails_because_of_it() -> None:
    found = FindingFacts("bind-source-missing", "db", "/w/x does not exist", "restore it")
    needs = {"depends_on": {"db": "service_healthy"}}
    assert [
        item.because_of_it for item in verdicts(stack(service("db"), service("app", **needs), findings=(found,)))
    ] == [("app",)]


def test_what_is_said_of_a_stack_without_a_verdict() -> None:
    assert quiet_line(stack(service("app", container("running")))) == "nothing is wrong that can be seen"
    assert "docker compose build web" in quiet_line(stack(service("web", built=True, image_facts=None)))
    assert quiet_line(stack(service("app"))).startswith("nothing of it runs")


HEALTHY = [
    stack(service("app", container("running", "ERROR connection refused", "Permission denied: '/x'"))),
    stack(service("app", container("running", health="healthy", restarts=9, started=NOW))),
    stack(service("app", container("running", restarts=1, started=NOW - timedelta(seconds=1)))),
    stack(service("app", container("exited", exit_code=0), job="yes")),
    stack(service("app", container("exited", exit_code=0), job="possible")),
    stack(service("app", container("exited", exit_code=143))),
    stack(service("app", container("exited", exit_code=137, signals=("9",)))),
    stack(service("app", container("exited", "Received SIGTERM scheduling shutdown...", exit_code=0))),
    stack(service("app", container("running", health="starting"))),
    stack(service("app", replicas=0), CACHE),
    stack(service("app")),
    stack(),
]


@pytest.mark.parametrize("evidence", HEALTHY)
def test_a_stack_that_stands_has_no_verdict(evidence: Evidence) -> None:
    assert verdicts(evidence) == []


def chain() -> Evidence:
    def waiting(name: str, needs: str) -> object:
        return service(name, container("created"), depends_on={needs: "service_healthy"})

    db = service("db", container("exited", "boom"))
    return stack(db, waiting("cache", "db"), waiting("api", "cache"), waiting("app", "api"))  # type: ignore[arg-type]


def test_the_first_cause_is_named_and_its_victims_follow() -> None:
    found = verdicts(chain())
    assert [(item.code, item.service, item.because_of_it) for item in found] == [
        ("crashed", "db", ("cache", "api", "app"))
    ]


def test_who_is_refused_by_a_service_that_does_not_stand_is_its_victim() -> None:
    cache = service("cache", container("exited", "Reading the configuration file, at line 2"), driver="redis")
    app = service("app", container("exited", "Error: connect ECONNREFUSED cache:6379"))
    found = verdicts(stack(app, cache))
    assert [(item.code, item.service, item.because_of_it) for item in found] == [
        ("service-config-invalid", "cache", ("app",))
    ]


def test_independent_causes_are_all_told_the_earliest_first() -> None:
    late = service("a", container("exited", "boom", finished=NOW))
    early = service("b", container("exited", "boom", finished=NOW - timedelta(seconds=5)))
    assert [item.service for item in verdicts(stack(late, early))] == ["b", "a"]


def test_a_config_error_names_the_hosts_file_and_line() -> None:
    log = "Reading the configuration file, at line 2"
    fix = verdicts(store("redis", log, mounts=(CONF,)))[0].fix
    assert (fix.file, fix.line) == ("/w/r.conf", 2)


def test_a_fix_names_the_line_of_the_compose_file() -> None:
    fix = verdicts(refused(f'{EXEC}exec: "nosuchcmd": executable file not found in $PATH: unknown'))[0].fix
    assert (fix.file, fix.line) == ("/w/compose.yaml", 5)


@pytest.mark.parametrize("evidence", [item for _code, item in KNOWN])
def test_evidence_is_stored_and_read_back(evidence: Evidence) -> None:
    text = json.dumps(evidence.as_dict())
    again = Evidence.from_dict(json.loads(text))
    assert again == evidence
    assert [item.as_dict() for item in verdicts(again)] == [item.as_dict() for item in verdicts(evidence)]
