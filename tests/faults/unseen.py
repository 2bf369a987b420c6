# ruff: noqa: E501 - Compose text reads best in lines as long as they come
"""Stacks that were written without a look at the rules: other languages, other words, other places in the graph."""

from __future__ import annotations

from tests.faults.made import check, fault, healthy, told

# Jaeger with its data on a volume.
BADGER = """extensions:
  jaeger_storage:
    backends: {traces: {badger: {directories: {keys: /badger/keys, values: /badger/values}, ephemeral: false}}}
  jaeger_query: {storage: {traces: traces}}
receivers: {otlp: {protocols: {grpc: {endpoint: 0.0.0.0:4317}}}}
exporters: {jaeger_storage_exporter: {trace_storage: traces}}
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""

CLIENTS = [
    told(
        "node-mongo-localhost",
        "dependency-refused",
        "api",
        """
        Server starting on port 3000
        MongoServerSelectionError: connect ECONNREFUSED 127.0.0.1:27017
            at Topology.selectServer (/app/node_modules/mongodb/lib/sdam/topology.js:326:38)
            at async MongoClient.connect (/app/node_modules/mongodb/lib/mongo_client.js:297:13)
        """,
    ),
    told(
        "go-no-such-host",
        "dependency-unknown-host",
        "billing",
        """
        {"level":"info","msg":"starting billing 1.4.2"}
        panic: failed to connect to `host=postgress user=app database=billing`: hostname resolving error (lookup postgress on 127.0.0.11:53: no such host)

        goroutine 1 [running]:
        main.main()
        \t/src/cmd/billing/main.go:41 +0x1d4
        exit status 2
        """,
        2,
    ),
    told(
        "java-unknown-host",
        "dependency-unknown-host",
        "orders",
        """
        2024-05-01 10:11:12.345  INFO 1 --- [main] c.a.orders.Application : Starting Application
        Caused by: java.net.UnknownHostException: kafka-broker: Name or service not known
        \tat java.base/java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)
        """,
    ),
    told(
        "node-enotfound",
        "dependency-unknown-host",
        "worker",
        """
        [ioredis] Unhandled error event: Error: getaddrinfo ENOTFOUND redis-primary
            at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:71:26)
        """,
        more="restart: unless-stopped",
    ),
    told(
        "nginx-upstream",
        "dependency-unknown-host",
        "edge",
        """
        /docker-entrypoint.sh: Configuration complete; ready for start up
        2024/05/01 10:11:12 [emerg] 1#1: host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:7
        nginx: [emerg] host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:7
        """,
    ),
    told(
        "psycopg-password",
        "auth-failed",
        "web",
        """
        Traceback (most recent call last):
          File "/app/main.py", line 9, in <module>
            conn = psycopg2.connect(os.environ["DATABASE_URL"])
        psycopg2.OperationalError: connection to server at "pg" (172.20.0.2), port 5432 failed: FATAL:  password authentication failed for user "app"
        """,
        rest='pg: {image: TOOLS, command: [sleep, "60"]}',
    ),
    told(
        "go-mongo-auth",
        "auth-failed",
        "ingest",
        """
        2024/05/01 10:11:12 connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism "SCRAM-SHA-256": (AuthenticationFailed) Authentication failed.
        """,
    ),
    told(
        "node-redis-wrongpass",
        "auth-failed",
        "sessions",
        "ReplyError: WRONGPASS invalid username-password pair or user is disabled.\n    at parseError (/app/node_modules/redis-parser/lib/parser.js:179:12)",
    ),
    told(
        "java-mysql-denied",
        "auth-failed",
        "shop",
        """
        java.sql.SQLException: Access denied for user 'shop'@'172.18.0.5' (using password: YES)
        \tat com.mysql.cj.jdbc.exceptions.SQLError.createSQLException(SQLError.java:129)
        """,
    ),
    fault(
        "http-401",
        "crashed",
        "sync",
        """
        idp: {image: TOOLS, command: ["python3", "-c", "import http.server as h\\nclass H(h.BaseHTTPRequestHandler):\\n  def do_GET(s): s.send_error(503)\\nh.HTTPServer(('', 80), H).serve_forever()"]}
        sync: {image: TOOLS, command: [sh, -c, "sleep 1; curl -fsS http://idp/token"], depends_on: [idp], ports: ["9"]}
        """,
    ),
    fault(
        "python-refused-real",
        "dependency-refused",
        "job-runner",
        f"""
        queue: {{image: REDIS, healthcheck: {check("redis-cli ping")}}}
        job-runner:
          image: PYTHON
          environment: {{QUEUE_URL: "redis://queue:6399/0"}}
          command: ["python3", "-c", "import socket; socket.create_connection(('queue', 6399), 2)"]
          depends_on: {{queue: {{condition: service_healthy}}}}
        """,
    ),
    fault(
        "other-network",
        "dependency-unknown-host",
        "app",
        """
        store: {image: REDIS, networks: [back]}
        app: {image: TOOLS, command: [wget, -q, -O-, "http://store:6379/"], networks: [front], depends_on: [store]}
        ---
        networks: {back: {}, front: {}}""",
    ),
    fault(
        "no-network-at-all",
        "dependency-unknown-host",
        "app",
        """
        app: {image: PYTHON, network_mode: none, command: ["python3", "-c", "import urllib.request as u; u.urlopen('http://config-server:8888/')"]}""",
    ),
    fault(
        "three-hops-no-depends",
        "service-config-invalid",
        "queue",
        """
        queue: {image: REDIS, command: [redis-server, --maxmemory-policy, sometimes]}
        mailer: {image: TOOLS, restart: always, command: [curl, -sS, "http://queue:6379"], environment: {QUEUE: "redis://queue:6379"}}
        frontend: {image: TOOLS, command: [sleep, "60"], depends_on: [mailer]}
        """,
        hit="mailer",
    ),
    fault(
        "job-three-hops-below",
        "auth-failed",
        "migrate",
        f"""
        kv: {{image: REDIS, command: [redis-server, --requirepass, s3cretvalue], healthcheck: {check("redis-cli -e -a s3cretvalue ping")}}}
        migrate:
          image: REDIS
          labels: {{stackctl.service: none}}
          entrypoint: [sh, -c, "redis-cli -e -h kv -a nope set schema 4"]
          depends_on: {{kv: {{condition: service_healthy}}}}
        api: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check("exit 0")}, depends_on: {{migrate: {{condition: service_completed_successfully}}}}}}
        edge: {{image: TOOLS, command: [sleep, "60"], depends_on: {{api: {{condition: service_healthy}}}}}}
        """,
        hit="api edge",
    ),
]

VARIABLES = [
    told(
        "node-variable",
        "variable-missing",
        "auth",
        "/app/config.js:12\n    throw new Error('Environment variable JWT_SIGNING_KEY is not set');\n    ^\n\nError: Environment variable JWT_SIGNING_KEY is not set",
    ),
    told(
        "go-envconfig",
        "variable-missing",
        "gateway",
        "2024/05/01 10:11:12 required key UPSTREAM_URL missing value",
    ),
    told(
        "pydantic-settings",
        "variable-missing",
        "web",
        """
        pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
        database_url
          Field required [type=missing, input_value={}, input_type=dict]
            For further information visit https://errors.pydantic.dev/2.7/v/missing
        """,
    ),
    told(
        "postgres-superuser",
        "variable-missing",
        "pg",
        """
        Error: Database is uninitialized and superuser password is not specified.
               You must specify POSTGRES_PASSWORD to a non-empty value for the
               superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".
        """,
    ),
    fault(
        "shell-variable-said",
        "variable-missing",
        "app",
        'app: {image: TOOLS, command: [sh, -c, ": $${PG_HOST_X:?must be set}; exec sleep 60"]}',
    ),
    fault(
        "compose-variable-in-environment",
        "variable-missing",
        "",
        'app: {image: TOOLS, command: [sleep, "60"], environment: {API_BASE: "${UNSET_BASE_X?needed}"}}',
    ),
]

FILES = [
    told(
        "node-eacces",
        "permission-denied",
        "app",
        "node:fs:603\n  handleErrorFromBinding(ctx);\nError: EACCES: permission denied, mkdir '/app/uploads'\n    at Object.mkdirSync (node:fs:1336:3)\n  errno: -13, syscall: 'mkdir', code: 'EACCES', path: '/app/uploads'",
    ),
    told(
        "nginx-pid",
        "permission-denied",
        "edge",
        'nginx: [emerg] open() "/var/run/nginx.pid" failed (13: Permission denied)',
        more='user: "1000"',
    ),
    told(
        "go-read-only",
        "read-only-filesystem",
        "cachesvc",
        'level=fatal ts=2024 err="mkdir /var/cache/app: read-only file system"',
        more="read_only: true",
    ),
    told(
        "node-erofs",
        "read-only-filesystem",
        "app",
        "[Error: EROFS: read-only file system, open '/app/.next/trace'] {\n  errno: -30,\n  code: 'EROFS'\n}",
        more="read_only: true",
    ),
    fault(
        "python-tmpfs-full",
        "disk-full",
        "spool",
        """
        spool: {image: PYTHON, tmpfs: ["/spool:size=64k"], command: ["python3", "-c", "open('/spool/x', 'wb').write(b'0' * 900000)"]}""",
    ),
    told(
        "java-disk",
        "disk-full",
        "search",
        "java.io.IOException: No space left on device\n\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)",
    ),
    fault(
        "secret-file-missing",
        "secret-unreadable",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], secrets: [db]}
        ---
        secrets: {db: {file: ./nosuch/db_password}}""",
    ),
    fault(
        "secret-only-for-root",
        "secret-unreadable",
        "app",
        """
        app: {image: PYTHON, user: "1000", secrets: [token], command: ["python3", "-c", "print(len(open('/run/secrets/token').read()))"]}
        ---
        secrets: {token: {file: ./token}}""",
        files={"token+600": "s3cretvalue\n"},
    ),
    fault(
        "config-file-is-folder",
        "mount-type-mismatch",
        "app",
        """
        app: {image: PYTHON, volumes: ["./settings.toml:/app/settings.toml:ro"], command: ["python3", "-c", "open('/app/settings.toml').read()"]}""",
    ),
    fault(
        "long-bind-missing-three",
        "bind-source-missing",
        "db",
        f"""
        db:
          image: TOOLS
          command: [sleep, "60"]
          volumes: [{{type: bind, source: ./init.d, target: /init.d, bind: {{create_host_path: false}}}}]
          healthcheck: {check("exit 0")}
        api: {{image: TOOLS, command: [sleep, "60"], depends_on: {{db: {{condition: service_healthy}}}}, healthcheck: {check("exit 0")}}}
        web: {{image: TOOLS, command: [sleep, "60"], depends_on: {{api: {{condition: service_healthy}}}}}}
        """,
        hit="api web",
    ),
]

PROCESSES = [
    fault(
        "exec-not-found", "command-not-found", "web", 'web: {image: TOOLS, command: [sh, -c, "exec gunicorn app:app"]}'
    ),
    fault(
        "entrypoint-missing",
        "command-not-found",
        "web",
        "web: {image: TOOLS, entrypoint: [/docker-entrypoint.sh], command: [serve]}",
    ),
    fault(
        "bash-not-found",
        "command-not-found",
        "web",
        """web: {image: PYTHON, command: [bash, -c, "set -e; poetry run uvicorn app:app"]}""",
    ),
    fault(
        "env-not-found",
        "command-not-found",
        "tool",
        'tool: {image: TOOLS, command: ["/usr/bin/env", "node", "server.js"]}',
    ),
    told("exec-format", "wrong-architecture", "app", "exec /usr/local/bin/server: exec format error", 255),
    fault(
        "module-missing", "crashed", "web", 'web: {image: PYTHON, command: ["python3", "-c", "import flask_nosuch"]}'
    ),
    fault(
        "import-loop",
        "crash-loop",
        "web",
        'web: {image: PYTHON, restart: unless-stopped, command: ["python3", "-m", "uvicorn_nosuch"]}',
    ),
    fault("signal", "crashed", "app", 'app: {image: TOOLS, command: [sh, -c, "exit 139"]}'),
    fault(
        "memory-restart",
        "out-of-memory",
        "cruncher",
        """
        cruncher: {image: PYTHON, restart: on-failure, mem_limit: 32m, memswap_limit: 32m, command: ["python3", "-c", "x = [b'x' * 1000000 for _ in range(400)]"]}""",
    ),
    told(
        "java-heap",
        "out-of-memory",
        "search",
        'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)',
    ),
    fault(
        "daemonized",
        "exited-early",
        "cache",
        'cache: {image: TOOLS, ports: ["6379"], command: [sh, -c, "sleep 60 & echo daemon started"]}',
    ),
    fault(
        "shell-without-terminal",
        "exited-early",
        "dev",
        f'dev: {{image: PYTHON, command: [bash], ports: ["8080"]}}\nweb: {{image: TOOLS, command: [sleep, "60"], depends_on: [dev], healthcheck: {check("exit 0")}}}',
    ),
    fault(
        "job-on-failure",
        "one-shot-failed",
        "seed",
        """
        seed: {image: PYTHON, restart: "on-failure:1", command: ["python3", "-c", "raise SystemExit('fixtures are inconsistent')"]}
        app: {image: TOOLS, command: [sleep, "60"], depends_on: {seed: {condition: service_completed_successfully}}}
        """,
        hit="app",
    ),
    fault(
        "host-port-inside",
        "port-in-use",
        "web",
        'web: {image: PYTHON, network_mode: host, command: ["python3", "-m", "http.server", "HELD", "--bind", "127.0.0.1"]}',
    ),
    fault(
        "port-everywhere",
        "port-in-use",
        "web",
        f"""
        db: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check("exit 0")}}}
        web: {{image: PYTHON, command: ["python3", "-m", "http.server", "8000"], ports: ["HELD:8000"], depends_on: {{db: {{condition: service_healthy}}}}}}
        proxy: {{image: TOOLS, command: [sleep, "60"], depends_on: [web]}}
        """,
        hit="proxy",
    ),
]

PROBES = [
    fault(
        "python-probe-port",
        "probe-wrong-port",
        "web",
        f"""
        web:
          image: PYTHON
          command: ["python3", "-m", "http.server", "8000"]
          healthcheck: {check('[CMD, python3, -c, "import urllib.request as u; u.urlopen(' + "'http://localhost:8080/')" + '"]', "2s")}""",
    ),
    fault(
        "probe-500",
        "probe-failing",
        "web",
        f"""
        web:
          image: TOOLS
          command: ["python3", "-c", "import http.server as h\\nclass H(h.BaseHTTPRequestHandler):\\n  def do_GET(s): s.send_error(500)\\nh.HTTPServer(('', 80), H).serve_forever()"]
          healthcheck: {check("curl -fsS http://127.0.0.1/ready")}""",
    ),
    fault(
        "probe-script-missing",
        "probe-tool-missing",
        "web",
        f"web: {{image: TOOLS, command: [sleep, '60'], healthcheck: {check('[CMD, /usr/local/bin/healthcheck.sh]')}}}",
    ),
    fault(
        "probe-pg-isready",
        "probe-tool-missing",
        "db",
        f"""
        db: {{image: PYTHON, command: [sleep, "60"], healthcheck: {check("pg_isready -U app")}}}
        api: {{image: TOOLS, command: [sleep, "60"], depends_on: {{db: {{condition: service_healthy}}}}, healthcheck: {check("exit 0")}}}
        web: {{image: TOOLS, command: [sleep, "60"], depends_on: {{api: {{condition: service_healthy}}}}}}
        """,
        hit="api web",
    ),
    fault(
        "probe-slow-server",
        "probe-timeout",
        "web",
        f"""
        web:
          image: TOOLS
          command: ["python3", "-c", "import socket, time\\ns = socket.create_server(('', 80))\\ntime.sleep(60)"]
          healthcheck: {check("curl -fsS http://127.0.0.1/", "700ms")}""",
    ),
    fault(
        "never-listening-python",
        "never-listening",
        "web",
        f"""
        web:
          image: PYTHON
          command: ["python3", "-uc", "import time; print('loading model'); time.sleep(60)"]
          healthcheck: {check('[CMD, python3, -c, "import socket; socket.create_connection((' + "'localhost', 5000))" + '"]', "2s")}
        edge: {{image: TOOLS, command: [sleep, "60"], depends_on: {{web: {{condition: service_healthy}}}}}}
        """,
        hit="edge",
    ),
    fault(
        "loopback-no-depends",
        "listens-on-loopback",
        "catalog",
        """
        catalog: {image: PYTHON, command: ["python3", "-m", "http.server", "5000", "--bind", "127.0.0.1"]}
        shop: {image: TOOLS, restart: always, command: [sh, -c, "sleep 1; curl -fsS http://catalog:5000/"]}
        """,
        hit="shop",
    ),
    fault(
        "loopback-redis",
        "listens-on-loopback",
        "kv",
        f"""
        kv: {{image: REDIS, command: [redis-server, --bind, 127.0.0.1], healthcheck: {check("redis-cli ping")}}}
        app: {{image: REDIS, labels: {{stackctl.service: none}}, command: [redis-cli, -h, kv, ping], depends_on: {{kv: {{condition: service_healthy}}}}}}
        """,
        hit="app",
    ),
]

ENGINE = [
    fault(
        "tag-wrong",
        "image-not-found",
        "web",
        'web: {image: "stackctl/tools:lokal", pull_policy: never, command: [sleep, "60"]}',
    ),
    fault("platform", "image-platform", "web", 'web: {image: TOOLS, platform: linux/arm64, command: [sleep, "60"]}'),
    fault(
        "build-run",
        "build-failed",
        "web",
        "web: {build: ./app}\ndb: {image: TOOLS, command: [sleep, '60']}",
        files={"app/Dockerfile": "FROM stackctl/tools:local\nRUN echo compiling && make-nosuch all\n"},
    ),
    fault("build-no-dockerfile", "build-failed", "web", "web: {build: ./app}", files={"app/keep": ""}),
    fault(
        "build-copy-missing",
        "build-failed",
        "web",
        "web: {build: .}",
        files={"Dockerfile": "FROM stackctl/tools:local\nCOPY requirements.txt /app/\n"},
    ),
    fault(
        "device-missing",
        "unknown",
        "sdr",
        'sdr: {image: TOOLS, command: [sleep, "60"], devices: ["/dev/nosuch0:/dev/sdr"]}',
    ),
    fault("mount-relative", "unknown", "app", 'app: {image: TOOLS, command: [sleep, "60"], tmpfs: ["relative/path"]}'),
    # Compose takes a volume's name of one letter for the drive of a Windows path, and the engine refuses that.
    fault(
        "one-letter-volume",
        "unknown",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], volumes: ["v:/data"]}
        ---
        volumes: {v: {}}""",
    ),
    fault("runtime", "unknown", "train", 'train: {image: TOOLS, runtime: nosuch, command: [sleep, "60"]}'),
    fault("cpus", "unknown", "app", 'app: {image: TOOLS, cpus: 640, command: [sleep, "60"]}'),
    fault(
        "subnets-in-one-file",
        "subnet-overlap",
        "hub",
        # One service on both: Compose makes networks side by side, and whichever comes second is refused.
        """
        hub: {image: TOOLS, command: [sleep, "60"], networks: [one, two]}
        ---
        networks: {one: {ipam: {config: [{subnet: 10.231.7.0/24}]}}, two: {ipam: {config: [{subnet: 10.231.7.128/25}]}}}""",
    ),
]

SERVICES = [
    fault(
        "mongo-other-password",
        "credentials-changed",
        "docs-db",
        """
        docs-db:
          image: MONGODB
          environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD: newvalue22}
          volumes: ["store:/data/db"]
          healthcheck: {test: "mongosh --quiet mongodb://root:newvalue22@localhost/admin --eval 'db.runCommand({ping:1}).ok'", interval: 1s, timeout: 20s, retries: 4}
        ---
        volumes: {store: {}}""",
        first="""
        docs-db:
          image: MONGODB
          environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD: oldvalue11}
          volumes: ["store:/data/db"]
          healthcheck: {test: "mongosh --quiet mongodb://root:oldvalue11@localhost/admin --eval 'db.runCommand({ping:1}).ok'", interval: 1s, timeout: 5s, retries: 30}
        ---
        volumes: {store: {}}""",
    ),
    fault(
        "jaeger-two-on-one",
        "data-locked",
        "second",
        """
        first: {image: JAEGER, user: "0", command: [--config, /etc/j.yml], volumes: ["./j.yml:/etc/j.yml:ro", "store:/badger"]}
        second: {image: JAEGER, user: "0", command: [--config, /etc/j.yml], volumes: ["./j.yml:/etc/j.yml:ro", "store:/badger"], restart: on-failure, depends_on: [first]}
        ---
        volumes: {store: {}}""",
        files={"j.yml": BADGER},
    ),
    fault(
        "mongo-damaged",
        "data-corrupt",
        "docs-db",
        """
        docs-db: {image: MONGODB, entrypoint: [sh, -c, "head -c 4096 /dev/urandom > /data/db/admin.sqlite; exec mongod --bind_ip_all"]}""",
    ),
    fault(
        "mongo-config-file",
        "service-config-invalid",
        "docs-db",
        'docs-db: {image: MONGODB, command: [mongod, --config, /etc/m.conf], volumes: ["./m.conf:/etc/m.conf:ro"]}',
        files={"m.conf": "net:\n  prot: 27017\n"},
    ),
    fault(
        "redis-port-word", "service-config-invalid", "kv", "kv: {image: REDIS, command: [redis-server, --port, six]}"
    ),
    fault(
        "prometheus-tab",
        "service-config-invalid",
        "metrics",
        'metrics: {image: PROMETHEUS, volumes: ["./p.yml:/etc/prometheus/prometheus.yml:ro"]}',
        files={"p.yml": "scrape_configs:\n  - job_name: a\n    static_configs: wrong\n"},
    ),
    told(
        "nginx-directive",
        "service-config-invalid",
        "edge",
        'nginx: [emerg] unknown directive "sever_name" in /etc/nginx/nginx.conf:12',
    ),
    told(
        "postgres-version",
        "data-version-mismatch",
        "pg",
        """
        PostgreSQL Database directory appears to contain a database; Skipping initialization

        2024-05-01 10:11:12.345 UTC [1] FATAL:  database files are incompatible with server
        2024-05-01 10:11:12.345 UTC [1] DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.2.
        """,
    ),
    fault(
        "redis-rdb-cut",
        "data-corrupt",
        "kv",
        """
        kv: {image: REDIS, entrypoint: [sh, -c, "printf 'REDIS0011\\\\376\\\\000\\\\373\\\\002' > /data/dump.rdb; exec redis-server"]}""",
    ),
]

HEALTHY = [
    healthy(
        "job-second-try",
        """
        seed: {image: TOOLS, restart: on-failure, labels: {stackctl.oneshot: "true"}, volumes: ["seeds:/v"], command: [sh, -c, "if [ -f /v/x ]; then echo ok; exit 0; fi; touch /v/x; echo FATAL not yet; exit 1"]}
        app: {image: TOOLS, command: [sleep, "60"]}
        ---
        volumes: {seeds: {}}""",
    ),
    healthy(
        "frightening-logs",
        """
        app: {image: TOOLS, command: [sh, -c, "cat /said >&2; exec sleep 60"], volumes: ["./said:/said:ro"], ports: ["127.0.0.1:PORT1:80"]}""",
        files={
            "said": "FATAL: password authentication failed for user x\npanic: runtime error: invalid memory address\nException in thread main java.lang.OutOfMemoryError: Java heap space\nEACCES: permission denied, open '/x'\nNo space left on device\nsh: 1: node: not found\n"
        },
    ),
    healthy(
        "retries-then-connects",
        f"""
        api: {{image: TOOLS, command: [sh, -c, "until curl -fsS http://late:8000/; do sleep 0.5; done; touch /tmp/ok; exec sleep 60"], healthcheck: {{test: test -f /tmp/ok, interval: 400ms, retries: 40}}}}
        late: {{image: TOOLS, command: [sh, -c, "sleep 2; exec python3 -m http.server 8000"]}}
        edge: {{image: TOOLS, command: [sleep, "60"], depends_on: {{api: {{condition: service_healthy}}}}, healthcheck: {check("exit 0")}}}
        """,
    ),
    healthy(
        "check-disabled",
        'app: {image: TOOLS, command: [sleep, "60"], healthcheck: {disable: true}}\nb: {image: TOOLS, command: [sleep, "60"], healthcheck: {test: [NONE]}}',
    ),
    healthy(
        "profile-not-on",
        'app: {image: TOOLS, command: [sleep, "60"]}\ndebug: {image: "nosuch/debugger:9", profiles: [debug], ports: ["127.0.0.1:HELD:80"]}',
    ),
    healthy(
        "only-one-started",
        'app: {image: TOOLS, command: [sleep, "60"]}\nother: {image: TOOLS, command: [sleep, "60"], ports: ["127.0.0.1:HELD:80"], volumes: [{type: bind, source: ./nosuch, target: /x}]}',
        up="app",
    ),
    healthy(
        "scaled-with-checks",
        f'app: {{image: TOOLS, command: [sleep, "60"], deploy: {{replicas: 3}}, healthcheck: {check("exit 0")}}}',
    ),
    healthy(
        "stopped-by-hand",
        'app: {image: TOOLS, command: [sleep, "60"]}\nb: {image: TOOLS, init: true, command: [sleep, "60"]}',
        then="stop -t 0 b",
    ),
    healthy(
        "sidecar",
        f"""
        app: {{image: PYTHON, command: ["python3", "-m", "http.server", "8000", "--bind", "127.0.0.1"]}}
        sidecar: {{image: TOOLS, network_mode: "service:app", command: [sleep, "60"], healthcheck: {check("curl -fsS http://127.0.0.1:8000/")}, depends_on: [app]}}
        """,
    ),
    healthy(
        "scrapes-nothing",
        'metrics: {image: PROMETHEUS, volumes: ["./p.yml:/etc/prometheus/prometheus.yml:ro"]}',
        files={
            "p.yml": "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: gone\n    static_configs: [{targets: ['nosuch:9']}]\n"
        },
    ),
    healthy(
        "loopback-on-purpose",
        """
        app: {image: PYTHON, command: ["python3", "-m", "http.server", "9999", "--bind", "127.0.0.1"]}""",
    ),
    healthy(
        "probe-fails-first",
        """
        web: {image: TOOLS, command: [sh, -c, "sleep 2; exec python3 -m http.server 8000"], healthcheck: {test: "curl -fsS http://localhost:8000/", interval: 500ms, start_period: 10s, retries: 2}}
        app: {image: TOOLS, command: [sleep, "60"], depends_on: {web: {condition: service_healthy}}}""",
    ),
]

CASES = [*CLIENTS, *VARIABLES, *FILES, *PROCESSES, *PROBES, *ENGINE, *SERVICES, *HEALTHY]
