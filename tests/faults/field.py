# ruff: noqa: E501 - lines as the programs printed them
"""What users meet in the field: stacks written from public reports before the rules were read, then run once blind."""

from __future__ import annotations

from tests.faults.made import Fault, check, fault, healthy, told

DB = "db: {image: TOOLS, command: [python3, -m, http.server, '5432'], environment: {POSTGRES_PASSWORD: s3cretvalue}}"
# The head of an ELF file for 64-bit ARM.
ARM = "\x7fELF\x02\x01\x01" + "\0" * 9 + "\x02\0\xb7\0\x01\0\0\0" + "\0" * 40

OPEN = "import urllib.request as u; u.urlopen('http://localhost:%d/')"

CASES: tuple[Fault, ...] = (
    # Stores: who may log in, and where they are.
    told(
        "node-mongo-authsource",
        "auth-failed",
        "api",
        """
        > shop-api@1.4.2 start
        > node dist/main.js

        Listening on 3000
        /app/node_modules/mongodb/lib/cmap/connection.js:227
                            callback(new error_1.MongoServerError(document));
                                     ^

        MongoServerError: Authentication failed.
            at Connection.onMessage (/app/node_modules/mongodb/lib/cmap/connection.js:227:30)
            at MessageStream.<anonymous> (/app/node_modules/mongodb/lib/cmap/connection.js:60:60)
            at MessageStream.emit (node:events:517:28) {
          ok: 0,
          code: 18,
          codeName: 'AuthenticationFailed',
          connectionGeneration: 0,
          [Symbol(errorLabels)]: Set(2) { 'HandshakeError', 'ResetPool' }
        }

        Node.js v18.20.4
        """,
        more="environment: {MONGO_URI: 'mongodb://root:s3cretvalue@mongo:27017/shop'}, depends_on: [mongo], restart: unless-stopped",
        rest="""
        mongo:
          image: MONGODB
          environment:
            MONGO_INITDB_ROOT_USERNAME: root
            MONGO_INITDB_ROOT_PASSWORD: s3cretvalue
        web:
          image: TOOLS
          command: [sleep, infinity]
        """,
    ),
    fault(
        "celery-unhealthy-refused",
        "dependency-refused",
        "worker",
        f"""
        rabbitmq:
          image: TOOLS
          command: [python3, -m, http.server, "5672"]
        worker:
          build:
            context: .
            dockerfile: Dockerfile
          image: TOOLS
          pull_policy: missing
          environment:
            BROKER_URL: amqp://guest:guest@127.0.0.1:5672//
          command:
            - bash
            - -c
            - |
              while true; do
                echo "[2024-05-02 10:30:14,099: ERROR/MainProcess] consumer: Cannot connect to amqp://guest:**@127.0.0.1:5672//: [Errno 111] Connection refused."
                echo "Trying again in 2.00 seconds... (1/100)"
                sleep 1
              done
          healthcheck: {check('["CMD-SHELL", "echo Error: No nodes replied within time constraint; exit 69"]')}
        flower:
          image: TOOLS
          command: [sleep, infinity]
          depends_on:
            worker: {{condition: service_healthy}}
        """,
        "flower",
        {"Dockerfile": "FROM scratch\n"},
    ),
    told(
        "prisma-wrong-host",
        "dependency-unknown-host",
        "migrate",
        """
        Environment variables loaded from .env
        Prisma schema loaded from prisma/schema.prisma
        Datasource "db": PostgreSQL database "food", schema "public" at "postgres:5432"

        Error: P1001: Can't reach database server at `postgres`:`5432`

        Please make sure your database server is running at `postgres`:`5432`.
        """,
        more="restart: 'no', depends_on: [db], environment: {DATABASE_URL: 'postgresql://app:s3cretvalue@postgres:5432/food'}",
        rest=f"""
        {DB}
        api:
          image: TOOLS
          command: [sleep, infinity]
          depends_on:
            migrate:
              condition: service_completed_successfully
        """,
        hit="api",
    ),
    told(
        "spring-mysql-localhost",
        "dependency-refused",
        "app",
        """
          .   ____          _            __ _ _
         /\\\\ / ___'_ __ _ _(_)_ __  __ _ \\ \\ \\ \\
        2024-02-14T10:31:51.117Z ERROR 1 --- [           main] com.zaxxer.hikari.pool.HikariPool        : HikariPool-1 - Exception during pool initialization.

        com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure

        The last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.
        """
        + "\n".join(
            f"        \tat org.springframework.beans.Factory{n}.getBean(Factory.java:{n}) ~[spring-beans-6.1.3.jar!/:6.1.3]"
            for n in range(40)
        )
        + """
        Caused by: com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure
        \tat com.mysql.cj.protocol.a.NativeSocketConnection.connect(NativeSocketConnection.java:79) ~[mysql-connector-j-8.3.0.jar!/:8.3.0]
        \t... 40 common frames omitted
        Caused by: java.net.ConnectException: Connection refused
        \tat java.base/sun.nio.ch.Net.pollConnect(Native Method) ~[na:na]
        \t... 57 common frames omitted
        """,
        more="depends_on: [mysql], environment: {SPRING_DATASOURCE_URL: 'jdbc:mysql://localhost:3306/shop'}, ports: ['8080']",
        rest="mysql: {image: TOOLS, command: [python3, -m, http.server, '3306'], environment: {MYSQL_ROOT_PASSWORD: s3cretvalue}}",
    ),
    told(
        "rust-unnamed-refused",
        "dependency-refused",
        "indexer",
        """
        2024-06-01T12:00:00.114Z INFO indexer: starting indexer 0.3.1
        thread 'main' panicked at src/main.rs:27:55:
        called `Result::unwrap()` on an `Err` value: Connection refused (os error 111)
        note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
        """,
        101,
        more="depends_on: [cache], environment: {CACHE_URL: 'redis://cache:6380/'}",
        rest="cache: {image: REDIS}",
    ),
    fault(
        "two-networks",
        "dependency-unknown-host",
        "api",
        """
        api:
          image: PYTHON
          networks: [frontend]
          environment:
            DB_HOST: db
          command:
            - python
            - -c
            - |
              import os, socket
              socket.create_connection((os.environ["DB_HOST"], 5432), timeout=5)
        db:
          image: TOOLS
          command: [python3, -m, http.server, "5432"]
          networks:
            backend:
              aliases: [database]
        ---
        networks:
          frontend:
          backend:
            internal: true
        """,
    ),
    fault(
        "profile-not-active",
        "dependency-unknown-host",
        "api",
        """
        api:
          image: PYTHON
          command:
            - python
            - -c
            - "import urllib.request as u; u.urlopen('http://search:9200/_cluster/health', timeout=5)"
          ports:
            - target: 8080
              mode: host
        search:
          profiles: [search, full]
          image: TOOLS
          command: [python3, -m, http.server, "9200"]
        """,
    ),
    # Whom to blame: the failing service is some hops away.
    told(
        "pg-old-volume",
        "data-version-mismatch",
        "db",
        """

        PostgreSQL Database directory appears to contain a database; Skipping initialization

        2024-05-09 03:54:39.507 UTC [1] FATAL:  database files are incompatible with server
        2024-05-09 03:54:39.507 UTC [1] DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.2 (Debian 16.2-1.pgdg110+2).
        """,
        more="restart: always, healthcheck: " + check('["CMD-SHELL", "exit 1"]'),
        rest="""
        backend:
          image: PYTHON
          # short form: waits for nothing
          depends_on: [db]
          restart: on-failure:2
          command:
            - python
            - -c
            - |
              import socket, sys
              try:
                  socket.create_connection(("db", 5432), timeout=3)
              except OSError as error:
                  sys.exit(f'psycopg2.OperationalError: could not translate host name "db" to address: {error}')
        """,
        hit="backend",
    ),
    fault(
        "nginx-upstream-crashed",
        "crashed",
        "api",
        """
        nginx:
          image: TOOLS
          depends_on:
            - api
          ports: ["80"]
          command:
            - bash
            - -c
            - |
              sleep 1.5
              getent hosts api || { echo 'nginx: [emerg] host not found in upstream "api:8000" in /etc/nginx/conf.d/default.conf:7' >&2; exit 1; }
              exec sleep infinity
        api:
          image: PYTHON
          command: [python, -c, "import flask"]
        """,
        "nginx",
    ),
    fault(
        "php-exits-nginx-blames",
        "exited-early",
        "php",
        """
        php:
          image: TOOLS
          ports: ["9000"]
          volumes: [.:/var/www/html]
          command: ["sh", "-c", "echo 'Interactive shell'; exit 0"]
        nginx:
          image: TOOLS
          depends_on: [php]
          command:
            - sh
            - -c
            - |
              sleep 1.5
              getent hosts php || { echo '2020/07/06 05:21:35 [emerg] 1#1: host not found in upstream "php" in /etc/nginx/conf.d/default.conf:16'; exit 1; }
              sleep infinity
        """,
        "nginx",
    ),
    fault(
        "loopback-db-rails",
        "listens-on-loopback",
        "db",
        """
        db:
          image: PYTHON
          command: ["python", "-c", "import socket, time; s = socket.create_server(('127.0.0.1', 5432)); time.sleep(600)"]
          expose: ["5432"]
        web:
          image: PYTHON
          depends_on: [db]
          restart: on-failure
          command:
            - python
            - -c
            - |
              import socket, sys, time
              time.sleep(1)
              try:
                  socket.create_connection(("db", 5432), timeout=3)
              except OSError as error:
                  sys.exit(f'''PG::ConnectionBad: could not connect to server: {error}
              \tIs the server running on host "db" and accepting TCP/IP connections on port 5432?''')
        """,
        "web",
    ),
    fault(
        "flask-loopback-check-from-outside",
        "listens-on-loopback",
        "api",
        f"""
        api:
          image: PYTHON
          command: ["python", "-m", "http.server", "5000", "--bind", "localhost"]
          ports: ["5000"]
        gateway:
          image: TOOLS
          depends_on: [api]
          command: [sleep, infinity]
          healthcheck: {check('["CMD", "curl", "-fsS", "http://api:5000/"]', "2s")}
        mobile:
          image: TOOLS
          command: [sleep, infinity]
          depends_on:
            gateway: {{condition: service_healthy}}
        """,
        "gateway mobile",
    ),
    fault(
        "four-deep-config",
        "variable-missing",
        "settings",
        f"""
        edge:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{web: {{condition: service_healthy}}}}
        web:
          image: TOOLS
          command: [sleep, infinity]
          healthcheck: {check('["CMD", "true"]')}
          depends_on: {{api: {{condition: service_started, restart: true}}}}
        api:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{settings: {{condition: service_healthy}}}}
        settings:
          image: PYTHON
          environment:
            LOG_LEVEL: ${{LOG_LEVEL:-info}}
          command: ["python", "-c", "import os; os.environ['VAULT_ROLE_ID']"]
          healthcheck: {check('["CMD", "true"]')}
        """,
        "api web edge",
    ),
    # One-shots.
    fault(
        "migration-sql",
        "one-shot-failed",
        "migrate",
        """
        migrate:
          image: PYTHON
          restart: "no"
          command:
            - python
            - -c
            - |
              import sqlite3
              print("Running upgrade 1a2b -> 3c4d, add orders")
              sqlite3.connect(":memory:").execute("CREATE TABEL orders (id int)")
        api:
          image: PYTHON
          command: [python, -m, http.server, "8000"]
          depends_on:
            migrate:
              condition: service_completed_successfully
        nginx:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: [api]
        """,
        "api nginx",
    ),
    fault(
        "seed-wrong-port",
        "dependency-refused",
        "seed",
        f"""
        redis:
          image: REDIS
          healthcheck: {check('["CMD", "redis-cli", "ping"]')}
        seed:
          image: REDIS
          restart: "no"
          depends_on: {{redis: {{condition: service_healthy}}}}
          entrypoint: [redis-cli, -e, -h, redis, -p, "6380"]
          command: [SET, ready, "1"]
        api:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{seed: {{condition: service_completed_successfully}}}}
        """,
        "api",
    ),
    # What is not given: variables, secrets.
    told(
        "spring-placeholder",
        "variable-missing",
        "orders",
        """
        2024-03-03T09:00:01.200Z  WARN 1 --- [main] ConfigServletWebServerApplicationContext : Exception encountered during context initialization - cancelling refresh attempt: org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'dataSource': Could not resolve placeholder 'DB_PASSWORD' in value "${DB_PASSWORD}"
        2024-03-03T09:00:01.320Z ERROR 1 --- [main] o.s.boot.SpringApplication               : Application run failed

        java.lang.IllegalArgumentException: Could not resolve placeholder 'DB_PASSWORD' in value "${DB_PASSWORD}"
        \tat org.springframework.util.PropertyPlaceholderHelper.parseStringValue(PropertyPlaceholderHelper.java:180)
        """,
        more="restart: always",
    ),
    told(
        "mongoose-undefined-uri",
        "variable-missing",
        "server",
        """
        MongooseError: The `uri` parameter to `openUri()` must be a string, got "undefined". Make sure the first parameter to `mongoose.connect()` or `mongoose.createConnection()` is a string.
            at NativeConnection.Connection.openUri (/app/node_modules/mongoose/lib/connection.js:695:11)
            at /app/node_modules/mongoose/lib/index.js:414:10
        """,
        more="environment: [PORT=3000]",
        rest="mongo: {image: MONGODB}",
    ),
    told(
        "mongo-uri-blank",
        "variable-missing",
        "server",
        """
        MongoParseError: Invalid scheme, expected connection string to start with "mongodb://" or "mongodb+srv://"
            at new ConnectionString (/app/node_modules/mongodb-connection-string-url/lib/index.js:86:19)
        """,
        more="environment: {MONGO_URL: '${MONGO_URL}', NODE_ENV: production}",
        rest="mongo: {image: MONGODB}",
    ),
    # Files and rights.
    fault(
        "volume-owned-by-root",
        "permission-denied",
        "uploads",
        """
        uploads:
          image: PYTHON
          user: 1000:1000
          volumes:
            - type: volume
              source: media
              target: /srv/media
          command: [python, -c, "import os; os.makedirs('/srv/media/avatars')"]
        ---
        volumes:
          media:
            labels:
              backup: "yes"
        """,
    ),
    fault(
        "redis-cap-drop",
        "permission-denied",
        "cache",
        f"""
        cache:
          image: REDIS
          cap_drop: [ALL]
          security_opt: ["no-new-privileges:true"]
          volumes: ["cache:/data"]
        api:
          image: TOOLS
          command: [sleep, infinity]
          healthcheck: {check('["CMD", "true"]')}
        ---
        volumes: {{cache: {{}}}}
        """,
    ),
    fault(
        "sqlite-readonly",
        "permission-denied",
        "api",
        """
        api:
          image: PYTHON
          user: "1000"
          volumes: ["./data:/data"]
          command: [python, -c, "import sqlite3; sqlite3.connect('/data/app.db').execute('CREATE TABLE t (a)')"]
        """,
        files={"data/app.db": ""},
    ),
    fault(
        "grafana-read-only-data",
        "read-only-filesystem",
        "grafana",
        """
        grafana:
          image: GRAFANA
          volumes:
            - ./grafana:/var/lib/grafana:ro
        """,
        files={"grafana/.keep": ""},
    ),
    fault(
        "tmpfs-too-small",
        "disk-full",
        "ingest",
        """
        ingest:
          image: PYTHON
          tmpfs:
            - /spool:size=1m
          command: [python, -c, "open('/spool/batch', 'wb').write(b'x' * 4000000)"]
        """,
    ),
    fault(
        "tmpfs-noexec",
        "command-not-executable",
        "runner",
        """
        runner:
          image: TOOLS
          tmpfs: ["/job:noexec"]
          command: ["sh", "-c", "cp /bin/true /job/agent && /job/agent"]
        """,
    ),
    fault(
        "json-is-a-directory",
        "mount-type-mismatch",
        "api",
        """
        api:
          image: PYTHON
          volumes:
            - ./config.json:/app/config.json
          command: [python, -c, "import json; json.load(open('/app/config.json'))"]
        """,
    ),
    fault(
        "entrypoint-not-executable",
        "command-not-executable",
        "worker",
        """
        gateway:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: [api]
        api:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: [worker]
        worker:
          image: PYTHON
          entrypoint: ["/docker-entrypoint.sh"]
          command: ["celery", "-A", "proj", "worker"]
          volumes:
            - ./docker/entrypoint.sh:/docker-entrypoint.sh:ro
        """,
        "api gateway",
        {"docker/entrypoint.sh": '#!/bin/sh\nexec "$@"\n'},
    ),
    fault(
        "crlf-inside-the-script",
        "crashed",
        "app",
        """
        app:
          image: PYTHON
          volumes: [".:/app"]
          working_dir: /app
          command: sh start.sh
        """,
        files={"start.sh": "#!/bin/sh\r\nset -e\r\npython app.py\r\n", "app.py": "print('up')\n"},
    ),
    fault(
        "crlf-env-bash",
        "command-not-found",
        "web",
        """
        web:
          image: TOOLS
          volumes: ["./bin:/opt/bin:ro"]
          entrypoint: /opt/bin/wait-and-run.sh
        """,
        files={"bin/wait-and-run.sh+x": "#!/usr/bin/env bash\r\necho ready\r\n"},
    ),
    fault(
        "arm-binary-behind-shell",
        "wrong-architecture",
        "server",
        """
        server:
          image: TOOLS
          volumes: ["./dist:/app:ro"]
          command: sh -c "echo starting server; exec /app/server --port 8080"
        """,
        files={"dist/server+x": ARM},
    ),
    # Health checks.
    fault(
        "check-is-one-word",
        "probe-tool-missing",
        "api",
        f"""
        api:
          image: TOOLS
          command: [python3, -m, http.server, "8000"]
          healthcheck: {check('["CMD", "curl -f http://localhost:8000/"]')}
        web:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{api: {{condition: service_healthy}}}}
        """,
        "web",
    ),
    fault(
        "check-python-port",
        "probe-wrong-port",
        "api",
        f"""
        api:
          image: PYTHON
          environment: {{PORT: "8000"}}
          command: ["sh", "-c", "exec python -m http.server $$PORT"]
          healthcheck: {check(f'["CMD", "python", "-c", "{OPEN % 8080}"]', "3s")}
        web:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{api: {{condition: service_healthy}}}}
        """,
        "web",
    ),
    fault(
        "check-hangs",
        "probe-timeout",
        "api",
        f"""
        api:
          image: PYTHON
          command: ["python", "-c", "import socket, time; s = socket.create_server(('', 8000)); time.sleep(600)"]
          healthcheck: {check(f'["CMD", "python", "-c", "{OPEN % 8000}"]')}
        """,
    ),
    fault(
        "check-redis-no-password",
        "probe-failing",
        "redis",
        f"""
        redis:
          image: REDIS
          command: redis-server --requirepass s3cretvalue
          healthcheck: {check('["CMD-SHELL", "redis-cli ping | grep PONG"]')}
        api:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{redis: {{condition: service_healthy}}}}
        """,
        "api",
    ),
    # The services' own configuration.
    fault(
        "prometheus-rule-expression",
        "service-config-invalid",
        "prometheus",
        f"""
        prometheus:
          image: PROMETHEUS
          volumes:
            - ./prometheus:/etc/prometheus:ro
          healthcheck: {check('["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"]')}
        grafana:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{prometheus: {{condition: service_healthy}}}}
        """,
        "grafana",
        {
            "prometheus/prometheus.yml": "rule_files: [rules.yml]\nscrape_configs:\n  - job_name: self\n    static_configs: [{targets: ['localhost:9090']}]\n",
            "prometheus/rules.yml": "groups:\n  - name: up\n    rules:\n      - alert: Down\n        expr: up == 0)\n",
        },
    ),
    fault(
        "grafana-two-defaults",
        "service-config-invalid",
        "grafana",
        """
        grafana:
          image: GRAFANA
          volumes:
            - ./datasources:/etc/grafana/provisioning/datasources:ro
        """,
        files={
            "datasources/all.yml": "apiVersion: 1\ndatasources:\n"
            "  - {name: Prometheus, type: prometheus, url: 'http://prometheus:9090', isDefault: true}\n"
            "  - {name: Loki, type: loki, url: 'http://loki:3100', isDefault: true}\n"
        },
    ),
    fault(
        "grafana-database-host",
        "dependency-unknown-host",
        "grafana",
        f"""
        {DB}
        grafana:
          image: GRAFANA
          environment:
            GF_DATABASE_TYPE: postgres
            GF_DATABASE_HOST: database:5432
            GF_DATABASE_USER: grafana
            GF_DATABASE_PASSWORD: s3cretvalue
          depends_on: [db]
        """,
    ),
    fault(
        "jaeger-pipeline",
        "service-config-invalid",
        "jaeger",
        """
        jaeger:
          image: JAEGER
          command: ["--config", "/etc/jaeger/config.yaml"]
          volumes: ["./jaeger.yaml:/etc/jaeger/config.yaml:ro"]
        """,
        files={
            "jaeger.yaml": "service:\n  pipelines:\n    traces: {receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter]}\n"
            "receivers:\n  otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}\n"
            "processors:\n  batch: {}\n"
        },
    ),
    told(
        "nginx-certificate",
        "service-config-invalid",
        "nginx",
        """
        /docker-entrypoint.sh: Configuration complete; ready for start up
        2024/01/09 18:22:33 [emerg] 1#1: cannot load certificate "/etc/nginx/certs/fullchain.pem": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/etc/nginx/certs/fullchain.pem, r) error:10000080:BIO routines::no such file)
        nginx: [emerg] cannot load certificate "/etc/nginx/certs/fullchain.pem": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/etc/nginx/certs/fullchain.pem, r) error:10000080:BIO routines::no such file)
        """,
        more="restart: always",
    ),
    # Limits.
    fault(
        "oom-child-of-shell",
        "out-of-memory",
        "etl",
        """
        etl:
          image: PYTHON
          deploy:
            resources:
              limits:
                memory: 40M
          memswap_limit: 40M
          command: ["sh", "-c", "python -c 'x = bytearray(200000000); x[::4096] = bytes(len(x[::4096]))'; exit $$?"]
        """,
    ),
    # Crashes of their own.
    fault(
        "loop-with-lucky-moments",
        "crash-loop",
        "consumer",
        """
        consumer:
          image: PYTHON
          restart: unless-stopped
          command:
            - python
            - -c
            - |
              import time
              print("consumer ready", flush=True)
              time.sleep(0.8)
              raise RuntimeError("unexpected message on topic orders: version 3")
        """,
    ),
    fault(
        "sidecar-same-port",
        "port-in-use",
        "sidecar",
        """
        app:
          image: PYTHON
          command: [python, -m, http.server, "8080"]
        sidecar:
          image: PYTHON
          network_mode: "service:app"
          depends_on: [app]
          command: ["sh", "-c", "sleep 1.5; exec python -m http.server 8080"]
        """,
    ),
    # Several causes that have nothing to do with each other.
    fault(
        "two-independent",
        "service-config-invalid",
        "cache",
        """
        cache:
          image: REDIS
          command: redis-server --apendonly yes
        mailer:
          image: PYTHON
          command: ["python", "-c", "import os; os.environ['SMTP_URL']"]
        api:
          image: PYTHON
          command: [python, -m, http.server, "8000"]
        """,
        also="variable-missing:mailer",
    ),
    fault(
        "two-independent-with-victims",
        "probe-tool-missing",
        "api",
        f"""
        api:
          image: PYTHON
          command: [python, -m, http.server, "8000"]
          healthcheck: {check('["CMD", "curl", "-f", "http://localhost:8000/"]')}
        web:
          image: TOOLS
          command: [sleep, infinity]
          depends_on: {{api: {{condition: service_healthy}}}}
        importer:
          image: PYTHON
          restart: on-failure
          command: ["python", "-c", "import socket; socket.create_connection(('warehouse', 5439), timeout=5)"]
        """,
        "web",
        also="dependency-unknown-host:importer",
    ),
    # Healthy.
    healthy(
        "field-retries-then-up",
        f"""
        redis:
          image: REDIS
          healthcheck: {check('["CMD", "redis-cli", "ping"]')}
        api:
          image: TOOLS
          command:
            - bash
            - -c
            - |
              echo "ERROR: connect ECONNREFUSED redis:6379, retrying in 1s" >&2
              sleep 1
              echo "WARN password authentication failed for user test (expected in self-test)"
              exec python3 -m http.server 8000
          healthcheck: {{test: [CMD, curl, -fs, "http://localhost:8000/"], interval: 500ms, timeout: 2s, retries: 20}}
          depends_on: {{redis: {{condition: service_healthy}}}}
        """,
    ),
    healthy(
        "field-stopped-by-hand",
        """
        api:
          image: TOOLS
          command: [sleep, infinity]
        worker:
          image: TOOLS
          command: [sleep, infinity]
          restart: unless-stopped
        """,
        then="stop -t 1 worker",
    ),
    healthy(
        "field-paused",
        """
        api: {image: TOOLS, command: [sleep, infinity]}
        worker: {image: TOOLS, command: [sleep, infinity]}
        """,
        then="pause worker",
    ),
    healthy(
        "field-profiles-and-replicas",
        """
        web:
          image: TOOLS
          command: [python3, -m, http.server, "8080"]
          deploy:
            replicas: 3
        canary:
          image: TOOLS
          command: [sleep, infinity]
          deploy: {replicas: 0}
        debug:
          image: stackctl/no-such-image:local
          profiles: [debug]
        """,
    ),
    healthy(
        "field-init-chain",
        """
        init-perms:
          image: TOOLS
          command: ["sh", "-c", "chown -R 1000 /data"]
          volumes: ["data:/data"]
        migrate:
          image: TOOLS
          restart: "no"
          user: "1000"
          volumes: ["data:/data"]
          command: ["sh", "-c", "echo 'error log is empty' > /data/state"]
          depends_on: {init-perms: {condition: service_completed_successfully}}
        api:
          image: TOOLS
          user: "1000"
          read_only: true
          tmpfs: [/tmp]
          init: true
          volumes: ["data:/data"]
          command: ["sh", "-c", "cat /data/state; exec sleep infinity"]
          depends_on: {migrate: {condition: service_completed_successfully}}
        ---
        volumes: {data: {}}
        """,
    ),
)
