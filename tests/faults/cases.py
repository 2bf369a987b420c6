# ruff: noqa: E501 - Compose text reads best in lines as long as they come
"""The corpus: ways to fail, and stacks that do not."""

from __future__ import annotations

from tests.faults.made import check, fault, healthy, told

SERVE = '["python3", "-m", "http.server", "8000"]'
LOCAL = '["python3", "-m", "http.server", "8000", "--bind", "127.0.0.1"]'
SH = "[sh, -c, '%s']"


def sh(script: str) -> str:
    return SH % script


STARTS = [
    fault("command-missing", "command-not-found", "app", 'app: {image: TOOLS, command: ["nosuchcmd"]}'),
    fault("path-missing", "command-not-found", "app", 'app: {image: TOOLS, command: ["/opt/app/run"]}'),
    fault(
        "shell-command-missing", "command-not-found", "app", f"app: {{image: TOOLS, command: {sh('serve-it --now')}}}"
    ),
    fault("not-executable", "command-not-executable", "app", 'app: {image: TOOLS, command: ["/etc/passwd"]}'),
    fault(
        "script-not-executable",
        "command-not-executable",
        "app",
        'app: {image: TOOLS, command: ["/run.sh"], volumes: ["./run.sh:/run.sh:ro"]}',
        files={"run.sh": "#!/bin/sh\necho hi\n"},
    ),
    fault("crash", "crashed", "app", f"app: {{image: TOOLS, command: {sh('echo going; exit 3')}}}"),
    fault("loop", "crash-loop", "app", f"app: {{image: TOOLS, restart: always, command: {sh('echo no; exit 1')}}}"),
    fault("early", "exited-early", "app", f'app: {{image: TOOLS, ports: ["8000"], command: {sh("echo bye")}}}'),
    fault(
        "job",
        "one-shot-failed",
        "migrate",
        f"""
        migrate: {{image: TOOLS, command: {sh("echo migrating; exit 2")}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{migrate: {{condition: service_completed_successfully}}}}}}
        """,
        hit="app",
    ),
    fault(
        "memory",
        "out-of-memory",
        "app",
        """
        app: {image: TOOLS, mem_limit: 24m, command: ["python3", "-c", "x=bytearray(300_000_000)"]}""",
    ),
    fault("image", "image-not-found", "app", 'app: {image: "nosuch/image:1", command: [sleep, "60"]}'),
    fault("variable-required", "variable-missing", "", 'app: {image: TOOLS, command: [sleep, "${NEEDED_X:?say it}"]}'),
    fault(
        "variable-python",
        "variable-missing",
        "app",
        """
        app: {image: PYTHON, command: ["python3", "-c", "import os; os.environ['DATABASE_URL']"]}""",
    ),
    fault("variable-shell", "variable-missing", "app", 'app: {image: TOOLS, command: [sh, -uc, "echo $$API_BASE"]}'),
    fault("user-unknown", "permission-denied", "app", 'app: {image: TOOLS, user: nobodyhere, command: [sleep, "60"]}'),
]

FILES = [
    fault(
        "denied-write",
        "permission-denied",
        "app",
        """
        app: {image: PYTHON, user: "1000", command: ["python3", "-c", "open('/etc/mine', 'w')"]}""",
    ),
    fault("denied-read", "permission-denied", "app", 'app: {image: TOOLS, user: "1000", command: [cat, /etc/shadow]}'),
    fault(
        "read-only",
        "read-only-filesystem",
        "app",
        """
        app: {image: TOOLS, read_only: true, command: [touch, /srv/x], ports: ["80"]}""",
    ),
    fault(
        "read-only-mount",
        "read-only-filesystem",
        "app",
        """
        app: {image: PYTHON, volumes: ["./data:/data:ro"], command: ["python3", "-c", "open('/data/x', 'w')"]}""",
        files={"data/keep": ""},
    ),
    fault(
        "tmpfs-full",
        "disk-full",
        "app",
        """
        app: {image: TOOLS, tmpfs: ["/t:size=64k"], command: [dd, if=/dev/zero, of=/t/x, bs=1M, count=2]}""",
    ),
    fault(
        "bind-missing",
        "bind-source-missing",
        "app",
        """
        app:
          image: TOOLS
          command: [sleep, "60"]
          volumes: [{type: bind, source: ./missing.conf, target: /etc/app.conf}]""",
    ),
    fault(
        "folder-on-file",
        "mount-type-mismatch",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], volumes: ["./missing:/etc/passwd"]}""",
    ),
    fault(
        "file-on-folder",
        "mount-type-mismatch",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], volumes: ["./conf:/etc"]}""",
        files={"conf": "x"},
    ),
    fault("secret-not-given", "secret-unreadable", "app", "app: {image: TOOLS, command: [cat, /run/secrets/db]}"),
    fault(
        "network-external",
        "network-missing",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], networks: [far]}
        ---
        networks: {far: {external: true, name: nosuch-net-x}}""",
    ),
    fault(
        "volume-external",
        "volume-missing",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], volumes: ["far:/far"]}
        ---
        volumes: {far: {external: true, name: nosuch-vol-x}}""",
    ),
    fault(
        "port-twice",
        "port-duplicate",
        "b",
        f"""
        a: {{image: PYTHON, command: {SERVE}, ports: ["127.0.0.1:PORT1:8000"]}}
        b: {{image: PYTHON, command: {SERVE}, ports: ["127.0.0.1:PORT1:8000"], depends_on: [a]}}""",
    ),
    fault(
        "port-taken",
        "port-in-use",
        "app",
        f"""
        app: {{image: PYTHON, command: {SERVE}, ports: ["127.0.0.1:HELD:8000"]}}""",
    ),
]

PROBES = [
    fault(
        "probe-tool",
        "probe-tool-missing",
        "app",
        f"""
        app: {{image: REDIS, healthcheck: {check('[CMD, curl, "http://localhost:6379"]')}}}""",
    ),
    fault(
        "probe-tool-shell",
        "probe-tool-missing",
        "app",
        f"""
        app: {{image: REDIS, healthcheck: {check("curl -f http://localhost:6379 || exit 1")}}}""",
    ),
    fault(
        "probe-port",
        "probe-wrong-port",
        "app",
        f"""
        app: {{image: TOOLS, command: {SERVE}, healthcheck: {check('[CMD, curl, -fsS, "http://localhost:9000/"]')}}}""",
    ),
    fault(
        "probe-port-redis",
        "probe-wrong-port",
        "cache",
        f"""
        cache: {{image: REDIS, healthcheck: {check("redis-cli -p 6380 ping")}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{cache: {{condition: service_healthy}}}}}}
        """,
        hit="app",
    ),
    fault(
        "probe-404",
        "probe-failing",
        "app",
        f"""
        app: {{image: TOOLS, command: {SERVE}, healthcheck: {check('[CMD, curl, -fsS, "http://localhost:8000/health"]')}}}""",
    ),
    fault(
        "probe-file",
        "probe-failing",
        "app",
        f"""
        app: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check("test -f /tmp/ready")}}}""",
    ),
    fault(
        "probe-slow",
        "probe-timeout",
        "app",
        f"""
        app: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check("sleep 5", "400ms")}}}""",
    ),
    fault(
        "silent",
        "never-listening",
        "app",
        f"""
        app: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check('[CMD, curl, -fsS, "http://localhost:8000/"]')}}}""",
    ),
    fault(
        "loopback-published",
        "listens-on-loopback",
        "app",
        f"""
        app: {{image: PYTHON, command: {LOCAL}, ports: ["127.0.0.1:PORT1:8000"]}}""",
    ),
    fault(
        "loopback-client",
        "listens-on-loopback",
        "api",
        f"""
        api: {{image: TOOLS, command: {LOCAL}, healthcheck: {check("curl -fsS http://127.0.0.1:8000")}}}
        app: {{image: TOOLS, command: [curl, -fsS, "http://api:8000"], restart: on-failure,
               depends_on: {{api: {{condition: service_healthy}}}}}}
        """,
        hit="app",
    ),
]

GRAPH = [
    fault(
        "refused-port",
        "dependency-refused",
        "app",
        f"""
        cache: {{image: REDIS, healthcheck: {check("redis-cli ping")}}}
        app: {{image: REDIS, command: [redis-cli, -h, cache, -p, "6390", ping], labels: {{stackctl.service: none}},
               depends_on: {{cache: {{condition: service_healthy}}}}}}""",
    ),
    fault(
        "refused-localhost",
        "dependency-refused",
        "app",
        """
        cache: {image: REDIS}
        app: {image: PYTHON, environment: {CACHE: "localhost:6379"}, depends_on: [cache],
               command: ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 6379))"]}""",
    ),
    fault(
        "host-unknown",
        "dependency-unknown-host",
        "app",
        """
        cache: {image: REDIS}
        app: {image: TOOLS, command: [curl, -fsS, "http://cahce:6379"], depends_on: [cache]}""",
    ),
    fault(
        "host-unknown-python",
        "dependency-unknown-host",
        "app",
        """
        app: {image: PYTHON, environment: {DB: "postgres://u@databse:5432/x"},
              command: ["python3", "-c", "import socket; socket.create_connection(('databse', 5432))"]}""",
    ),
    fault(
        "three-hops",
        "crashed",
        "db",
        f"""
        db: {{image: TOOLS, command: {sh("echo boom; exit 1")}, healthcheck: {check("exit 0")}}}
        cache: {{image: TOOLS, command: [sleep, "60"], depends_on: {{db: {{condition: service_healthy}}}},
                 healthcheck: {check("exit 0")}}}
        api: {{image: TOOLS, command: [sleep, "60"], depends_on: {{cache: {{condition: service_healthy}}}},
               healthcheck: {check("exit 0")}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{api: {{condition: service_healthy}}}}}}
        """,
        hit="cache api app",
    ),
    fault(
        "victim-by-name",
        "service-config-invalid",
        "cache",
        """
        cache: {image: REDIS, command: [redis-server, /r.conf], volumes: ["./r.conf:/r.conf:ro"]}
        app: {image: TOOLS, command: [curl, -fsS, "http://cache:6379"], restart: always, depends_on: [cache]}
        """,
        hit="app",
        files={"r.conf": "port 6379\nbogus yes\n"},
    ),
    fault(
        "redis-auth",
        "auth-failed",
        "app",
        f"""
        cache: {{image: REDIS, command: [redis-server, --requirepass, "s3cretvalue"], healthcheck: {check("redis-cli -e -a s3cretvalue ping")}}}
        app: {{image: REDIS, labels: {{stackctl.service: none}}, command: [redis-cli, -e, -h, cache, -a, "wrongvalue", get, x],
               depends_on: {{cache: {{condition: service_healthy}}}}}}""",
    ),
    fault(
        "redis-no-password",
        "auth-failed",
        "app",
        f"""
        cache: {{image: REDIS, command: [redis-server, --requirepass, "s3cretvalue"], healthcheck: {check("redis-cli -e -a s3cretvalue ping")}}}
        app: {{image: REDIS, labels: {{stackctl.service: none}}, command: [redis-cli, -e, -h, cache, get, x],
               depends_on: {{cache: {{condition: service_healthy}}}}}}""",
    ),
    fault(
        "redis-conf",
        "service-config-invalid",
        "cache",
        """
        cache: {image: REDIS, command: [redis-server, /r.conf], volumes: ["./r.conf:/r.conf:ro"]}""",
        files={"r.conf": "port 6379\nmaxmemory lots\n"},
    ),
    fault(
        "redis-data-corrupt",
        "data-corrupt",
        "cache",
        """
        cache: {image: REDIS, user: "0", command: [redis-server, --dbfilename, dump.rdb],
                entrypoint: [sh, -c, "echo garbage-here > /data/dump.rdb; exec redis-server"]}""",
    ),
    fault(
        "redis-rdb-version",
        "data-version-mismatch",
        "cache",
        """
        cache: {image: REDIS, entrypoint: [sh, -c, "printf REDIS0099xxxxxxxx > /data/dump.rdb; exec redis-server"]}""",
    ),
    fault(
        "prometheus-yml",
        "service-config-invalid",
        "prom",
        """
        prom: {image: PROMETHEUS, volumes: ["./p.yml:/etc/prometheus/prometheus.yml:ro"]}""",
        files={"p.yml": "global:\n  scrape_intervall: 5s\n"},
    ),
    fault(
        "prometheus-folder",
        "mount-type-mismatch",
        "prom",
        """
        prom: {image: PROMETHEUS, volumes: ["./missing.yml:/etc/prometheus/prometheus.yml"]}""",
    ),
]

MORE = [
    fault(
        "script-without-first-line",
        "command-not-executable",
        "app",
        'app: {image: TOOLS, command: ["/run.sh"], volumes: ["./run.sh:/run.sh:ro"]}',
        files={"run.sh+x": "echo hi\n"},
    ),
    fault(
        "interpreter-missing",
        "command-not-found",
        "app",
        'app: {image: TOOLS, command: ["/run.sh"], volumes: ["./run.sh:/run.sh:ro"]}',
        files={"run.sh+x": "#!/bin/nosuch\r\necho hi\n"},
    ),
    fault(
        "foreign-binary",
        "wrong-architecture",
        "app",
        'app: {image: TOOLS, command: ["/server"], volumes: ["./server:/server:ro"]}',
        files={"server+x": "\x7fELF\x02\x01\x01" + "\0" * 9 + "\x02\0\xb7\0" + "\0" * 44},
    ),
    fault(
        "memory-node",
        "out-of-memory",
        "app",
        f"""
        app: {{image: TOOLS, command: {sh("echo FATAL ERROR: JavaScript heap out of memory; exit 134")}}}""",
    ),
    fault(
        "loop-slow",
        "crash-loop",
        "app",
        f"""
        app: {{image: TOOLS, restart: unless-stopped, command: {sh("sleep 0.3; echo segfault; exit 139")}}}""",
    ),
    fault(
        "job-refused",
        "dependency-unknown-host",
        "migrate",
        """
        db: {image: REDIS}
        migrate: {image: PYTHON, restart: "no", command: ["python3", "-c", "import socket; socket.create_connection(('dbb', 6379))"]}
        app: {image: TOOLS, command: [sleep, "60"], depends_on: {migrate: {condition: service_completed_successfully}}}
        """,
        hit="app",
    ),
    fault(
        "name-taken",
        "name-in-use",
        "b",
        """
        a: {image: TOOLS, command: [sleep, "60"], container_name: TOKEN-same}
        b: {image: TOOLS, command: [sleep, "60"], container_name: TOKEN-same, depends_on: [a]}""",
    ),
    fault(
        "subnet",
        "subnet-overlap",
        "app",
        """
        app: {image: TOOLS, command: [sleep, "60"], networks: [n]}
        ---
        networks: {n: {ipam: {config: [{subnet: 172.17.0.0/16}]}}}""",
    ),
    fault(
        "redis-acl",
        "service-config-invalid",
        "cache",
        """
        cache: {image: REDIS, command: [redis-server, --aclfile, /u.acl], volumes: ["./u.acl:/u.acl:ro"]}""",
        files={"u.acl": "user default on nopass ~* +@all bogus\n"},
    ),
    fault(
        "redis-conf-missing",
        "service-config-invalid",
        "cache",
        "cache: {image: REDIS, command: [redis-server, /nosuch.conf]}",
    ),
    fault(
        "prometheus-rule",
        "service-config-invalid",
        "prom",
        """
        prom: {image: PROMETHEUS, volumes: ["./p.yml:/etc/prometheus/prometheus.yml:ro", "./r.yml:/etc/prometheus/r.yml:ro"]}""",
        files={
            "p.yml": "rule_files: [r.yml]\n",
            "r.yml": "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n",
        },
    ),
    fault("prometheus-flag", "service-config-invalid", "prom", "prom: {image: PROMETHEUS, command: [--nosuch.flag=1]}"),
    fault(
        "denied-data",
        "permission-denied",
        "prom",
        """
        prom: {image: PROMETHEUS, volumes: ["./d:/prometheus"]}""",
        files={"d/keep": ""},
    ),
    fault(
        "jaeger-config",
        "service-config-invalid",
        "jaeger",
        """
        jaeger: {image: JAEGER, command: [--config, /etc/j.yml], volumes: ["./j.yml:/etc/j.yml:ro"]}""",
        files={
            "j.yml": "receivers: {nosuch: {}}\nservice: {pipelines: {traces: {receivers: [nosuch], exporters: [x]}}}\n"
        },
    ),
    fault(
        "jaeger-yaml",
        "service-config-invalid",
        "jaeger",
        """
        jaeger: {image: JAEGER, command: [--config, /etc/j.yml], volumes: ["./j.yml:/etc/j.yml:ro"]}""",
        files={"j.yml": "receivers: [\n"},
    ),
    fault(
        "grafana-provisioning",
        "service-config-invalid",
        "grafana",
        """
        grafana: {image: GRAFANA, volumes: ["./ds.yml:/etc/grafana/provisioning/datasources/ds.yml:ro"]}""",
        files={"ds.yml": "apiVersion: 1\ndatasources:\n  - name: [x\n"},
    ),
    fault("mongo-option", "service-config-invalid", "db", "db: {image: MONGODB, command: [mongod, --nosuchoption]}"),
    fault(
        "mongo-auth",
        "auth-failed",
        "app",
        """
        db:
          image: MONGODB
          environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD: rightvalue1}
          healthcheck: {test: "mongosh --quiet mongodb://root:rightvalue1@localhost/admin --eval 'db.runCommand({ping:1})'", interval: 1s, retries: 30}
        app:
          image: MONGODB
          entrypoint: [mongosh, --quiet, "mongodb://root:wrongvalue1@db/admin", --eval, "db.getCollectionNames()"]
          depends_on: {db: {condition: service_healthy}}""",
    ),
    fault(
        "redis-locked-out",
        "permission-denied",
        "cache",
        """
        cache: {image: REDIS, user: "1000", command: [redis-server, --appendonly, "yes"], volumes: ["store:/data"]}
        ---
        volumes: {store: {}}""",
    ),
    fault(
        "unhealthy-below",
        "probe-failing",
        "db",
        f"""
        db: {{image: TOOLS, command: [sleep, "60"], healthcheck: {check("echo not migrated; exit 1")}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{db: {{condition: service_healthy}}}}}}
        """,
        hit="app",
    ),
    fault(
        "gave-up",
        "dependency-failed",
        "app",
        f"""
        db: {{image: TOOLS, command: {sh("sleep 2; touch /tmp/ok; exec sleep 60")},
              healthcheck: {{test: test -f /tmp/ok, interval: 300ms, retries: 2}}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{db: {{condition: service_healthy}}}}}}""",
    ),
    fault(
        "probe-loopback",
        "listens-on-loopback",
        "app",
        f"""
        app: {{image: TOOLS, hostname: app, command: {LOCAL}, healthcheck: {check("curl -fsS http://app:8000")}}}""",
    ),
]

HEALTHY = [
    healthy("plain", 'app: {image: TOOLS, command: [sleep, "60"]}'),
    healthy("probed", f"cache: {{image: REDIS, healthcheck: {check('redis-cli ping')}}}"),
    healthy(
        "one-shot",
        f"""
        init: {{image: TOOLS, command: {sh("echo permission denied is only a word")}}}
        app: {{image: TOOLS, command: [sleep, "60"], depends_on: {{init: {{condition: service_completed_successfully}}}}}}""",
    ),
    healthy(
        "restart-once",
        f"""
        app: {{image: TOOLS, restart: on-failure, tmpfs: [/tmp], volumes: ["once:/v"],
               command: {sh("if [ -f /v/x ]; then exec sleep 60; fi; touch /v/x; exit 1")}}}
        ---
        volumes: {{once: {{}}}}""",
    ),
    healthy(
        "error-words",
        f"""
        app: {{image: TOOLS, command: {sh("echo ERROR connection refused redis:6379; echo Permission denied /x; exec sleep 60")}}}""",
    ),
    healthy("scaled", 'app: {image: TOOLS, command: [sleep, "60"], deploy: {replicas: 2}}'),
    healthy(
        "scaled-to-none",
        'app: {image: "nosuch/other:1", deploy: {replicas: 0}}\nb: {image: TOOLS, command: [sleep, "60"]}',
    ),
    healthy(
        "slow-start",
        f"""
        app: {{image: TOOLS, command: {sh("sleep 3; touch /tmp/ok; exec sleep 60")},
               healthcheck: {{test: test -f /tmp/ok, interval: 300ms, retries: 30}}}}""",
    ),
    healthy(
        "flapping",
        f"""
        app: {{image: TOOLS, command: {sh("sleep 2; touch /tmp/ok; exec sleep 60")},
               healthcheck: {{test: test -f /tmp/ok, interval: 300ms, retries: 2}}}}""",
    ),
    healthy(
        "served",
        f"""
        web: {{image: TOOLS, command: {SERVE}, ports: ["127.0.0.1:PORT1:8000"],
               healthcheck: {check('[CMD, curl, -fsS, "http://localhost:8000/"]')}}}""",
    ),
    healthy("restart-policy", 'app: {image: TOOLS, restart: always, command: [sleep, "60"]}'),
    healthy("no-shell-probe", 'app: {image: "stackctl/jaeger:local"}'),
    healthy("job-possible", f"job: {{image: TOOLS, command: {sh('echo done')}}}"),
]

# What the recipes of docs/how-to/troubleshoot.md look for and no stack above shows.
RECIPES = [
    fault(
        "provider-dns",
        "dependency-unknown-host",
        "app",
        """
        app: {image: TOOLS, command: [curl, -fsS, "https://api.provider.invalid/v1/models"]}""",
    ),
    fault(
        "provider-https",
        "dependency-refused",
        "app",
        # A network without a way out, as behind a firewall: the address is known and nobody answers.
        """
        app: {image: TOOLS, command: [curl, -fsS, "https://192.0.2.1/v1/models"], networks: [closed]}
        ---
        networks: {closed: {internal: true}}""",
    ),
    fault(
        "server-on-its-own-localhost",
        "listens-on-loopback",
        "app",
        # Its probe asks inside, where all is well: the stack is asked about once it listens, however long that takes.
        """
        app: {image: "stackctl/app:local", entrypoint: ["/ko-app/starmap"], command: [serve], ports: ["127.0.0.1:PORT1:8080"],
              healthcheck: {test: [CMD, wget, -qO-, "http://127.0.0.1:8080/health"], interval: 300ms, retries: 100}}
        """,
    ),
    told(
        "proxy-without-certificate",
        "service-config-invalid",
        "proxy",
        """
        2026/11/21 14:00:00 [emerg] 1#1: cannot load certificate "/run/secrets/tls_cert": BIO_new_file() failed
        nginx: [emerg] cannot load certificate "/run/secrets/tls_cert": BIO_new_file() failed
        """,
        more="labels: {stackctl.service: nginx}",
    ),
]

CASES = [*STARTS, *FILES, *PROBES, *GRAPH, *MORE, *RECIPES, *HEALTHY]
