# ruff: noqa: E501 - recorded lines stay as the programs wrote them
"""The first line of a verdict says the cause in plain words, and its fix is one that works: recorded evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from stackctl.health.evidence import Evidence, Listener, MountFacts, Place, ServiceEvidence
from stackctl.health.rules.addresses import told
from stackctl.health.verdict import Verdict, verdicts
from tests.unit.health.made import EXEC, bind, container, ended, refused, service, stack, store, unhealthy

CACHE = service(
    "cache", container("running", listeners=(Listener(6379),), addresses={"shop_default": "172.18.0.2"}), driver="redis"
)
LOOPING: dict[str, Any] = {"restarts": 4}


def only(evidence: Evidence) -> Verdict:
    found = verdicts(evidence)
    assert len(found) == 1, found
    return found[0]


def says(code: str, cause: str, evidence: Evidence, fix: str = "") -> Verdict:
    found = only(evidence)
    assert (found.code, cause in found.cause, fix in f"{found.fix.text} {found.fix.command}") == (code, True, True), (
        found
    )
    return found


def told_service(environment: Mapping[str, str | None], *log: str, **facts: Any) -> ServiceEvidence:
    return service("app", container("exited", *log), environment=environment, **facts)


# Where the log names nobody, what the service is told does.


def test_a_refused_client_that_names_nobody_is_told_another_port() -> None:
    app = told_service({"CACHE_URL": "redis://cache:6380/"}, "Connection refused (os error 111)")
    found = says("dependency-refused", "app connects to cache:6380, and cache listens on 6379", stack(CACHE, app))
    assert "CACHE_URL says cache:6380" in [proof.text for proof in found.evidence]


def test_a_refused_client_that_names_nobody_is_told_localhost() -> None:
    jdbc = {"SPRING_DATASOURCE_URL": "jdbc:mysql://localhost:3306/shop", "SITE_URL": "http://localhost:8080"}
    app = told_service(jdbc, "Caused by: java.net.ConnectException: Connection refused", depends_on={"cache": ""})
    says("dependency-refused", "localhost:3306, which is its own container", stack(CACHE, app), "name the service")


def test_an_address_of_its_own_is_none_that_it_connects_to() -> None:
    own = {
        "BIND_ADDR": "0.0.0.0:8080",
        "PUBLIC_URL": "http://localhost:3000",
        "LOG_LEVEL": "info",
        "AMQP": "amqp://u:***@rabbit:5672//",
        "DB_HOST": "db",
        "DB_PORT": "5433",
        "PASSWORD": None,
    }
    assert [(item.host, item.port, item.where) for item in told(told_service(own))] == [
        ("rabbit", 5672, "AMQP"),
        ("db", 5433, "DB_HOST"),
    ]


def test_a_name_that_is_not_found_is_read_from_what_it_is_told() -> None:
    name = "socket.gaierror: [Errno -2] Name or service not known"
    app = told_service({"DB_HOST": "database"}, name)
    says("dependency-unknown-host", "the host database, which nobody here is called", stack(CACHE, app))
    says(
        "dependency-unknown-host",
        "does not find cache: they share no network",
        stack(replace(CACHE, networks=("back",)), told_service({"REDIS_HOST": "cache"}, name)),
        "put both on one network (back)",
    )
    asleep = stack(told_service({"SEARCH_URL": "http://search:9200"}, name), dormant=("search",))
    says("dependency-unknown-host", "its profile is not active", asleep, "docker compose up -d search")


def test_a_client_that_says_the_same_for_no_name_and_no_answer() -> None:
    said = "Error: P1001: Can't reach database server at `{}`:`{}`"
    says("dependency-unknown-host", "the host postgres", stack(CACHE, told_service({}, said.format("postgres", 5432))))
    says("dependency-refused", "cache listens on 6379", stack(CACHE, told_service({}, said.format("cache", 5432))))
    says("dependency-refused", "its own container", stack(CACHE, told_service({}, said.format("localhost", 5432))))


@pytest.mark.parametrize(
    "said",
    [
        '\tIs the server running on host "cache" (172.18.0.2) and accepting TCP/IP connections on port 5432?',
        "Cannot connect to amqp://guest:**@cache:5432//: [Errno 111] Connection refused.",
        "Error connecting to Redis on cache:5432 (Errno::ECONNREFUSED)",
        "(2003, \"Can't connect to MySQL server on 'cache' ([Errno 111] Connection refused)\")",
        "ERROR 2003 (HY000): Can't connect to MySQL server on 'cache:5432' (111)",
        "Npgsql.NpgsqlException (0x80004005): Failed to connect to 172.18.0.2:5432",
        "timeout occurred after waiting 15 seconds for cache:5432",
        "Timeout after 30s waiting on dependencies to become available: [tcp://cache:5432]",
        "Connection to node -1 (cache/172.18.0.2:5432) could not be established. Broker may not be available.",
        "Host [cache:5432] not yet available...",
    ],
)
def test_clients_that_name_whom_they_asked(said: str) -> None:
    says("dependency-refused", "cache", stack(CACHE, told_service({}, said)))


def test_php_names_the_host_between_two_words() -> None:
    said = "php_network_getaddresses: getaddrinfo for mysql failed: Name or service not known"
    says("dependency-unknown-host", "the host mysql", stack(CACHE, told_service({}, said)))


def test_a_store_on_its_own_loopback_is_the_cause_though_the_client_names_no_port() -> None:
    db = service("db", container("running", listeners=(Listener(5432, loopback=True),)))
    app = told_service({}, 'could not connect: Connection refused\n\tIs the server running on host "db"')
    found = only(stack(db, app))
    assert (found.code, found.service, found.because_of_it) == ("listens-on-loopback", "db", ("app",))


def test_who_tries_again_and_again_did_not_come_too_early() -> None:
    app = service("app", container("restarting", "ConnectionRefusedError: connect ECONNREFUSED cache:6379", **LOOPING))
    assert "before it was ready" not in only(stack(CACHE, app)).cause
    once = told_service({}, "Error: connect ECONNREFUSED cache:6379")
    says("dependency-refused", "before it was ready", stack(CACHE, once))


# Health checks that ask somebody else, or ask wrongly.


def asks(test: str, output: str, exit_code: int, *others: ServiceEvidence) -> Evidence:
    sick = unhealthy(test, output, exit_code).services["app"]
    return stack(sick, *others)


def test_a_health_check_that_asks_another_service_blames_that() -> None:
    said = "curl: (7) Failed to connect to api port 5000 after 21 ms: Could not connect to server"
    api = service("api", container("running", listeners=(Listener(5000, loopback=True),)))
    found = only(asks("curl -fsS http://api:5000/", said, 7, api))
    assert (found.code, found.service, found.because_of_it) == ("listens-on-loopback", "api", ("app",))
    found = only(asks("curl -fs http://api:5000/", "", 7, api))
    assert (found.code, found.service) == ("listens-on-loopback", "api")
    found = only(asks("curl -fsS http://api:5000/", said, 7, service("api", container("exited", "boom"))))
    assert (found.code, found.service, found.because_of_it) == ("crashed", "api", ("app",))


def test_a_health_check_that_asks_itself_blames_nobody_else() -> None:
    says(
        "probe-failing", "the health check of app fails", asks("curl -f http://app:5000/", "curl: (22) 404", 22, CACHE)
    )


def test_a_health_check_of_one_word() -> None:
    said = f'OCI runtime exec failed: exec failed: {EXEC}exec: "curl -f http://localhost/": stat curl -f http://localhost/: no such file or directory: unknown'
    evidence = asks("CMD curl -f http://localhost/", said, -1)
    says("probe-tool-missing", "is one word, 'curl -f http://localhost/'", evidence, '["CMD", "curl", "-f",')


def test_a_health_check_without_the_password() -> None:
    evidence = asks("redis-cli ping | grep PONG", "", 1)
    sick = evidence.services["app"]
    argv = ("redis-server", "--requirepass", "***")
    wants = replace(sick, containers=(replace(sick.containers[0], argv=argv),))
    says("probe-failing", "gives no password", stack(wants), "REDISCLI_AUTH")
    says("probe-failing", "exit code 1", stack(replace(wants, environment={"REDISCLI_AUTH": None})))


# What programs say of themselves.


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            (
                "ModuleNotFoundError: No module named 'corsheaders'",
                "[2024-05-06 07:08:10 +0000] [1] [ERROR] Worker (pid:7) exited with code 3",
            ),
            "No module named 'corsheaders'",
        ),
        (
            (
                "Exception in thread main java.lang.RuntimeException: no",
                "Caused by: java.io.IOException: bad magic",
                "\t... 3 more",
            ),
            "bad magic",
        ),
        (
            ("starting", "panic: runtime error: index out of range [3] with length 3", "main.main()"),
            "index out of range",
        ),
        (("2024/01/02 10:00:00 listening", "2024-01-02 FATAL: no table orders", "bye"), "no table orders"),
        (("one", "two"), "two"),
    ],
)
def test_a_crash_says_its_reason_in_the_first_line(said: tuple[str, ...], why: str) -> None:
    assert why in only(ended(*said)).cause


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("ModuleNotFoundError: No module named 'flask'", "build the image again with flask"),
        ("Error: Cannot find module 'express'", "build the image again with express"),
        ("Error: Unable to access jarfile /app/app.jar", "/app/app.jar is in the image"),
        ("OSError: [Errno 24] Too many open files: '/x'", "ulimits: {nofile: 65536}"),
        (
            "max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]",
            "sudo sysctl -w vm.max_map_count=262144",
        ),
    ],
)
def test_a_frequent_reason_has_a_way_out(said: str, fix: str) -> None:
    says("crashed", said[:40], ended(said), fix)


@pytest.mark.parametrize(
    ("said", "code", "exit_code"),
    [
        ("env: ‘bash\\r’: No such file or directory", "command-not-found", 127),
        ("/usr/bin/env: 'bash\\r': No such file or directory", "command-not-found", 127),
        ("run.sh: 2: set: Illegal option -", "crashed", 2),
        ("./run.sh: line 2: $'\\r': command not found", "command-not-found", 127),
        ("/bin/sh: /run.sh: /bin/sh^M: bad interpreter: No such file or directory", "crashed", 126),
    ],
)
def test_a_script_that_was_written_on_windows(said: str, code: str, exit_code: int) -> None:
    dead = container("exited", said, exit_code=exit_code, argv=("/opt/run.sh",))
    found = says(code, "Windows line ends", stack(service("app", dead, mounts=(bind("/w/bin", "/opt"),))))
    assert found.fix.command == "sed -i 's/\\r$//' /w/bin/run.sh"


def test_a_command_of_one_word() -> None:
    evidence = refused(f'{EXEC}exec: "python app.py": executable file not found in $PATH: unknown')
    says("command-not-found", "is one word, 'python app.py'", evidence, '["python", "app.py"]')


def test_a_program_of_another_processor_behind_a_shell() -> None:
    says("wrong-architecture", "/app/server of app", ended("sh: 1: exec: /app/server: Exec format error", code=126))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            "IllegalArgumentException: Could not resolve placeholder 'DB_PASSWORD' in value \"${DB_PASSWORD}\"",
            "DB_PASSWORD",
        ),
        ("Could not resolve placeholder 'jwt.signing-key' in value \"${jwt.signing-key}\"", "JWT_SIGNINGKEY"),
        ('The `uri` parameter to `openUri()` must be a string, got "undefined".', "no address"),
        ("sqlalchemy.exc.ArgumentError: Expected string or URL object, got None", "no address"),
    ],
)
def test_a_value_that_nobody_gives(said: str, cause: str) -> None:
    says("variable-missing", cause, ended(said))


def test_an_address_that_is_empty() -> None:
    said = 'MongoParseError: Invalid scheme, expected connection string to start with "mongodb://"'
    says("variable-missing", "MONGO_URL, which is empty", ended(said, environment={"MONGO_URL": "", "TZ": ""}))
    says("crashed", "MongoParseError", ended(said, environment={"MONGO_URL": "mongo:27017"}))


def test_a_name_and_password_that_are_right_in_the_wrong_database() -> None:
    secret = {"X#0": "aa"}
    db = service("mongo", container("running"), driver="mongodb", fingerprints={"MONGO_INITDB_ROOT_PASSWORD": "aa"})
    uri = {"MONGO_URI": "mongodb://root:***@mongo:27017/shop"}
    app = told_service(uri, "codeName: 'AuthenticationFailed',", fingerprints=secret)
    found = says("auth-failed", "in the database shop: the user is in admin", stack(db, app), "?authSource=admin")
    assert "the password is wrong" not in found.cause
    other = replace(app, fingerprints={"X#0": "bb"})
    says("auth-failed", "the password or the user is wrong", stack(db, other))
    source = {"MONGO_URI": "mongodb://root:***@mongo:27017/shop?authSource=admin"}
    says("auth-failed", "the password or the user is wrong", stack(db, replace(app, environment=source)))


# Files, rights, room.


def test_what_lies_on_a_tmpfs() -> None:
    memory = (MountFacts("tmpfs", "", "/job"),)
    noexec = "sh: 1: /job/agent: Permission denied"
    says("command-not-executable", "(noexec)", ended(noexec, code=126, mounts=memory), "/job:exec")
    full = "OSError: [Errno 28] No space left on device"
    says("disk-full", "the tmpfs /job is full", replace(ended(full, mounts=memory), disk_free=9 << 30), "more room")
    says("disk-full", "the disk is full", ended(full, mounts=memory))
    shared = 'could not resize shared memory segment "/PostgreSQL.1" to 4194304 bytes: No space left on device'
    says("disk-full", "/dev/shm", ended(shared), "shm_size")


def test_a_database_that_may_not_be_written() -> None:
    said = "sqlite3.OperationalError: attempt to write a readonly database"
    data = bind("/w/data", "/data")
    says("permission-denied", "its database file", ended(said, mounts=(data,)))
    says("read-only-filesystem", "read-only", ended(said, mounts=(replace(data, read_only=True),)))


def test_rights_that_cap_drop_takes() -> None:
    places = {"": Place("/w/compose.yaml", 3), "cap_drop": Place("/w/compose.yaml", 4)}
    said = "setpriv: setresuid failed: Operation not permitted"
    found = says("permission-denied", "cap_drop takes that right", ended(said, places=places), "SETUID")
    assert found.fix.line == 4
    says("permission-denied", "may not use a file", ended(said))


def test_a_volume_that_another_user_owns_can_be_handed_over() -> None:
    mounts = (MountFacts("volume", "shop_media", "/srv/media"),)
    said = "PermissionError: [Errno 13] Permission denied: '/srv/media/avatars'"
    evidence = stack(service("app", container("exited", said, user="1000:1000"), mounts=mounts))
    says("permission-denied", "/srv/media/avatars", evidence, "--entrypoint chown app -R 1000:1000 /srv/media")


def test_a_limit_that_the_engine_may_not_set() -> None:
    says(
        "permission-denied", "ulimits", refused(f"{EXEC}error setting rlimit type 8: operation not permitted: unknown")
    )


def test_a_store_on_a_read_only_mount() -> None:
    closed = replace(bind("/w/g", "/var/lib/grafana"), read_only=True)
    said = (
        "GF_PATHS_DATA='/var/lib/grafana' is not writable.",
        "mkdir: cannot create directory ‘/var/lib/grafana/plugins’: Read-only file system",
    )
    says("read-only-filesystem", "the mount /var/lib/grafana is read-only", store("grafana", *said, mounts=(closed,)))
    says("permission-denied", "may not write its data", store("grafana", said[0], mounts=(closed,)))


# A configuration that is rejected: the reason is in the sentence, also where it stands in the next line.


@pytest.mark.parametrize(
    ("driver", "said", "why"),
    [
        (
            "grafana",
            (
                'logger=provisioning level=error msg="Failed to provision data sources" error="Datasource provisioning error: '
                'datasource.yaml config is invalid. Only one datasource per organization can be marked as default"',
            ),
            "Only one datasource per organization",
        ),
        ("jaeger", ("Error: invalid configuration: no exporter configuration specified in config",), "no exporter"),
        (
            "jaeger",
            (
                "Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):",
                "",
                "'extensions' has invalid keys: nosuch",
            ),
            "'extensions' has invalid keys",
        ),
        (
            "redis",
            (
                "Reading the configuration file, at line 2",
                ">>> 'maxmemory \"256megabytes\"'",
                "argument must be a memory value",
            ),
            "256megabytes",
        ),
        (
            "generic",
            (
                "failed parsing config: /etc/loki/local-config.yaml: yaml: unmarshal errors:",
                "  line 38: field enforce_metric_name not found in type validation.plain",
            ),
            "line 38: field enforce_metric_name",
        ),
        (
            "generic",
            (
                "Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):",
                'error decoding \'exporters\': unknown type: "jaeger" for id: "jaeger"',
            ),
            'unknown type: "jaeger"',
        ),
        (
            "generic",
            ('nginx: [emerg] cannot load certificate "/etc/nginx/certs/full.pem": BIO_new_file() failed',),
            "full.pem",
        ),
    ],
)
def test_why_a_configuration_is_rejected(driver: str, said: tuple[str, ...], why: str) -> None:
    found = says("service-config-invalid", why, store(driver, *said))
    assert not found.cause.endswith(":")


def test_both_versions_are_named() -> None:
    said = (
        "FATAL:  database files are incompatible with server",
        "DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.2 (x).",
    )
    says("data-version-mismatch", "written by version 13, and acme/app:1 is version 16.2", ended(*said))
