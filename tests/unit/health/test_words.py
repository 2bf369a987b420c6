# ruff: noqa: E501 - recorded lines stay as the programs wrote them
"""What programs of many kinds print when they cannot start, as people report it, and the code that it means."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.health.evidence import Listener
from stackctl.health.verdict import verdicts
from tests.unit.health.made import container, service, stack

CACHE = service(
    "cache", container("running", listeners=(Listener(6379),), addresses={"shop_default": "172.18.0.2"}), driver="redis"
)
DB = service("db", container("running", listeners=(Listener(5432),), addresses={"shop_default": "172.18.0.3"}))

# Code, last words, and where it matters the exit code and the environment.
WORDS: list[tuple[Any, ...]] = [
    ("auth-failed", ('org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"',)),
    (
        "auth-failed",
        (
            "Error: P1000: Authentication failed against database server at `db`, the provided database credentials for `postgres` are not valid.",
        ),
    ),
    (
        "auth-failed",
        (
            'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "db" (172.18.0.3), port 5432 failed: FATAL:  password authentication failed for user "app"',
        ),
    ),
    (
        "auth-failed",
        (
            "mysql.connector.errors.ProgrammingError: 1045 (28000): Access denied for user 'root'@'172.18.0.5' (using password: YES)",
        ),
    ),
    (
        "auth-failed",
        (
            "ReplyError: ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        ),
    ),
    (
        "auth-failed",
        (
            "com.mongodb.MongoSecurityException: Exception authenticating MongoCredential{mechanism=SCRAM-SHA-1, userName='root', source='test', password=<hidden>, mechanismProperties=<hidden>}",
        ),
    ),
    (
        "auth-failed",
        (
            'panic: (AuthenticationFailed) connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism "SCRAM-SHA-1"',
        ),
    ),
    (
        "auth-failed",
        (
            "elasticsearch.AuthenticationException: AuthenticationException(401, 'security_exception', 'unable to authenticate user [elastic] for REST request [/]')",
        ),
    ),
    (
        "auth-failed",
        (
            "[error] <0.876.0> HTTP access denied: user 'guest' - User can only log in via localhost",
            "amqp.exceptions.AccessRefused: (0, 0): (403) ACCESS_REFUSED",
        ),
    ),
    ("auth-failed", ('FATAL: role "app" does not exist',)),
    ("dependency-unknown-host", ("Error: getaddrinfo EAI_AGAIN postgres",)),
    (
        "dependency-unknown-host",
        (
            'psycopg2.OperationalError: could not translate host name "postgres" to address: Temporary failure in name resolution',
        ),
    ),
    ("dependency-unknown-host", ("2024/05/01 dial tcp: lookup postgres on 127.0.0.11:53: server misbehaving",)),
    (
        "dependency-unknown-host",
        ("redis.exceptions.ConnectionError: Error -3 connecting to redis:6379. Temporary failure in name resolution.",),
    ),
    (
        "dependency-unknown-host",
        ("Caused by: java.net.UnknownHostException: postgres: Temporary failure in name resolution",),
    ),
    (
        "dependency-unknown-host",
        (
            "pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno -2] Name or service not known (configured timeouts: socketTimeoutMS: 20000.0ms), Timeout: 30s",
        ),
    ),
    (
        "dependency-unknown-host",
        ("failed to lookup address information: Name or service not known",),
        1,
        {"DATABASE_URL": "postgres://u:***@pg:5432/x"},
    ),
    (
        "dependency-unknown-host",
        ('[emerg] 1#1: host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:3',),
    ),
    (
        "dependency-unknown-host",
        ('SQLSTATE[08006] [7] could not translate host name "pgsql" to address: Name does not resolve',),
    ),
    ("dependency-unknown-host", ("Error: Redis connection to reddis:6379 failed - getaddrinfo ENOTFOUND reddis",)),
    ("dependency-refused", ("[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379",)),
    (
        "dependency-refused",
        (
            "pymongo.errors.ServerSelectionTimeoutError: localhost:27017: [Errno 111] Connection refused, Timeout: 30s, Topology Description: <TopologyDescription id: 6, topology_type: Unknown>",
        ),
    ),
    (
        "dependency-refused",
        (
            'django.db.utils.OperationalError: connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused',
            "\tIs the server running on that host and accepting TCP/IP connections?",
        ),
    ),
    (
        "dependency-refused",
        (
            "org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.",
        ),
    ),
    ("dependency-refused", ("thread 'main' panicked at 'Failed to connect to db: PoolTimedOut'",)),
    ("dependency-refused", ("java.net.ConnectException: Connection refused: cache/172.18.0.2:6380",)),
    (
        "dependency-unknown-host",
        ("kafka.errors.NoBrokersAvailable: NoBrokersAvailable",),
        1,
        {"KAFKA_BROKER": "kafka:9092"},
    ),
    (
        "dependency-refused",
        ("pika.exceptions.AMQPConnectionError",),
        1,
        {"RABBIT_URL": "amqp://guest:***@localhost:5672/"},
    ),
    (
        "dependency-refused",
        (
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
        ),
    ),
    (
        "dependency-refused",
        (
            "elastic_transport.ConnectionError: Connection error caused by: ConnectionError(Connection error caused by: NewConnectionError(<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused))",
        ),
        1,
        {"ELASTIC": "http://localhost:9200"},
    ),
    ("dependency-refused", ("Error: connect ETIMEDOUT 172.18.0.3:5433",)),
    (
        "dependency-refused",
        ("ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)",),
    ),
    (
        "dependency-refused",
        (
            "redis.clients.jedis.exceptions.JedisConnectionException: Failed to connect to any host resolved for DNS name.",
        ),
        1,
        {"REDIS_HOST": "localhost"},
    ),
    (
        "dependency-refused",
        (
            "Sequelize: Unable to connect to the database: ConnectionRefusedError [SequelizeConnectionRefusedError]: connect ECONNREFUSED ::1:5432",
        ),
    ),
    ("variable-missing", ("error: Environment variable not found: DATABASE_URL.", "  -->  schema.prisma:10")),
    ("variable-missing", ("RuntimeError: SECRET_KEY must be set",)),
    ("variable-missing", ("django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",)),
    (
        "variable-missing",
        ("decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.",),
    ),
    ("variable-missing", ("environ.compat.ImproperlyConfigured: Set the DATABASE_URL environment variable",)),
    ("variable-missing", ('Error: Config validation error: "JWT_SECRET" is required',)),
    (
        "variable-missing",
        (
            "ZodError: [",
            "  {",
            '    "code": "invalid_type",',
            '    "expected": "string",',
            '    "received": "undefined",',
            '    "path": [',
            '      "DATABASE_URL"',
            "    ],",
            '    "message": "Required"',
            "  }",
            "]",
        ),
    ),
    ("variable-missing", ("Error: Missing environment variable: STRIPE_KEY",)),
    ("variable-missing", ('level=fatal msg="required key DB_DSN missing value"',)),
    ("variable-missing", ("panic: env var API_TOKEN not set",)),
    ("variable-missing", ("thread 'main' panicked at src/main.rs:8:44:", "DATABASE_URL must be set: NotPresent")),
    ("variable-missing", ('KeyError: key not found: "SECRET_KEY_BASE"',)),
    ("variable-missing", ("/docker-entrypoint.sh: line 12: APP_KEY: unbound variable",)),
    (
        "variable-missing",
        (
            "ArgumentError: Missing `secret_key_base` for 'production' environment, set this string with `bin/rails credentials:edit`",
        ),
    ),
    ("variable-missing", ("JWT secret is undefined: Error: secretOrPrivateKey must have a value",)),
    (
        "variable-missing",
        ("System.InvalidOperationException: The ConnectionString property has not been initialized.",),
    ),
    (
        "variable-missing",
        (
            "OPENAI_API_KEY environment variable is missing or empty; either provide it, or instantiate the OpenAI client with an apiKey option",
        ),
    ),
    ("variable-missing", ("Error: MINIO_ROOT_USER or MINIO_ROOT_PASSWORD is not set",)),
    ("permission-denied", ('nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)',)),
    ("permission-denied", ("nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",)),
    ("permission-denied", ("chown: changing ownership of '/var/lib/postgresql/data': Operation not permitted",)),
    (
        "permission-denied",
        (
            'initdb: error: could not change permissions of directory "/var/lib/postgresql/data": Operation not permitted',
        ),
    ),
    ("permission-denied", ("java.nio.file.AccessDeniedException: /usr/share/elasticsearch/data/nodes",)),
    (
        "permission-denied",
        ("find: '/data': Permission denied", "mkdir: cannot create directory '/data/x': Permission denied"),
    ),
    ("permission-denied", ("npm ERR! Error: EACCES: permission denied, open '/app/package-lock.json'",)),
    (
        "read-only-filesystem",
        ('nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',),
    ),
    ("read-only-filesystem", ("[Errno 30] Read-only file system: '/app/__pycache__'",)),
    (
        "data-locked",
        (
            'org.h2.jdbc.JdbcSQLNonTransientConnectionException: Database may be already in use: "/data/db.mv.db". Possible solutions: close all other connection(s)',
        ),
    ),
    ("data-corrupt", ("PANIC:  could not locate a valid checkpoint record",)),
    (
        "data-corrupt",
        (
            "[ERROR] [MY-012592] [InnoDB] Operating system error number 2 in a file operation.",
            "[ERROR] InnoDB: Database page corruption on disk or a failed file read of page",
        ),
    ),
    (
        "data-version-mismatch",
        (
            "[ERROR] [MY-014061] [Server] Invalid MySQL server upgrade: Cannot upgrade from 50700 to 90100. Upgrade to next major version is only allowed from the last LTS release",
        ),
    ),
    (
        "data-version-mismatch",
        (
            "java.lang.IllegalStateException: The index [[.kibana/x]] was created with version [6.8.0] but the minimum compatible version is [7.0.0].",
        ),
    ),
    (
        "service-config-invalid",
        (
            'time="2024-01-01T00:00:00Z" level=error msg="Command error" error="yaml: line 12: mapping values are not allowed in this context"',
        ),
    ),
    (
        "service-config-invalid",
        ("2024/01/01 Error: error unmarshalling config file: 1 error(s) decoding: * invalid keys: foo",),
    ),
    (
        "service-config-invalid",
        ("command traefik error: failed to decode configuration from flags: field not found, node: nosuch",),
    ),
    (
        "service-config-invalid",
        (
            'ts=2024 caller=main.go level=error component=configuration msg="Loading configuration file failed" file=/etc/alertmanager/alertmanager.yml err="no route provided in config"',
        ),
    ),
    ("service-config-invalid", ("vector: Configuration error. error=unknown variant `nosuch`, expected one of",)),
    (
        "service-config-invalid",
        (
            '1704067200: Error: Unknown configuration variable "listner".',
            "1704067200: Error found at /mosquitto/config/mosquitto.conf:1.",
        ),
    ),
    ("service-config-invalid", ("Failed to load and parse config file /etc/rabbitmq/rabbitmq.conf", "BOOT FAILED")),
    (
        "service-config-invalid",
        ("Error: adapting config using caddyfile: /etc/caddy/Caddyfile:5: unrecognized directive: reverse_prxy",),
    ),
    (
        "service-config-invalid",
        ("[error] [config] section 'outpt' is not valid", "[error] configuration file contains errors, aborting."),
    ),
    ("out-of-memory", ('Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',)),
    ("out-of-memory", ("bash: fork: Cannot allocate memory",)),
    ("port-in-use", ("Error: listen EADDRINUSE: address already in use 0.0.0.0:3000",)),
    ("port-in-use", ("panic: listen tcp :8080: bind: address already in use",)),
    ("port-in-use", ("Web server failed to start. Port 8080 was already in use.",)),
    ("command-not-found", ("sh: vite: not found",), 127),
    ("command-not-found", ("sh: 1: next: not found",), 127),
    ("command-not-found", ("/app/start.sh: line 3: gunicorn: command not found",), 127),
    ("command-not-executable", ("/bin/sh: 1: ./start.sh: Permission denied",), 126),
    ("disk-full", ('FATAL:  could not write lock file "postmaster.pid": No space left on device',)),
    ("disk-full", ('PANIC:  could not write to file "pg_wal/xlogtemp.35": No space left on device',)),
    ("crashed", ("Error: Cannot find module '/app/dist/main.js'",)),
    ("crashed", ("SyntaxError: Unexpected token '??='",)),
    ("crashed", ("error Command failed with exit code 1.",)),
    ("crashed", ("jinja2.exceptions.TemplateNotFound: index.html",)),
    ("crashed", ("ValueError: invalid literal for int() with base 10: 'abc'",)),
    ("crashed", ("ImportError: cannot import name 'url_quote' from 'werkzeug.urls'",)),
    (
        "crashed",
        (
            "java.lang.UnsupportedClassVersionError: com/acme/App has been compiled by a more recent version of the Java Runtime (class file version 65.0)",
        ),
    ),
    ("crashed", ('django.db.utils.ProgrammingError: relation "auth_user" does not exist',)),
    ("crashed", ('FATAL:  database "shop" does not exist',)),
    ("crashed", ("WARN SENTRY_DSN is not set, error reporting disabled", "IndexError: list index out of range")),
    ("crashed", ("[warn] OPENAI_API_KEY not set. Using mock.", "panic: runtime error: index out of range [3]")),
    (
        "crashed",
        ("INFO config error handler registered", "TypeError: Cannot read properties of undefined (reading 'map')"),
    ),
    ("crashed", ("INFO  Loading configuration file /etc/app.yml", "RuntimeError: boom")),
    ("crashed", ("DEBUG cache miss, connection refused by replica, using primary", "ValueError: bad row 3")),
    (
        "crashed",
        (
            "INFO: retrying after Connection refused (attempt 1)",
            "INFO: Connected to postgres",
            "AssertionError: schema mismatch",
        ),
    ),
    (
        "crashed",
        (
            "/usr/local/lib/python3.11/site-packages/x.py:3: DeprecationWarning: 'FOO_BAR' is not set",
            "ZeroDivisionError: division by zero",
        ),
    ),
    ("crashed", ("npm warn config production Use `--omit=dev` instead.", "Error: Cannot find module './routes'")),
    ("crashed", ("TypeError: Invalid URL", "    at new URL (node:internal/url:797:36)"), 1, {"PORT": "3000"}),
    ("crashed", ("nginx version 1.25", "unexpected end of file")),
    (
        "dependency-refused",
        (
            "** (Mix) The database for Shop.Repo couldn't be created: tcp connect (localhost:5432): connection refused - :econnrefused",
        ),
    ),
    (
        "dependency-unknown-host",
        (
            "[error] Postgrex.Protocol (#PID<0.215.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (postgres:5432): non-existing domain - :nxdomain",
        ),
    ),
    (
        "dependency-unknown-host",
        (
            'ActiveRecord::ConnectionNotEstablished: could not translate host name "pg" to address: Name or service not known',
        ),
    ),
    (
        "dependency-refused",
        ("Redis::CannotConnectError: Error connecting to Redis on 127.0.0.1:6379 (Errno::ECONNREFUSED)",),
    ),
    (
        "dependency-refused",
        ("Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/html/index.php:12",),
        1,
        {"DB_HOST": "127.0.0.1"},
    ),
    (
        "dependency-unknown-host",
        (
            "PDOException: SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo failed: Name or service not known",
        ),
        1,
        {"DB_HOST": "mysql"},
    ),
    (
        "auth-failed",
        ("PDOException: SQLSTATE[HY000] [1045] Access denied for user 'forge'@'172.20.0.4' (using password: NO)",),
    ),
    (
        "auth-failed",
        ('Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "postgres"',),
    ),
    ("auth-failed", ("ERROR 1045 (28000): Access denied for user 'wp'@'172.19.0.3' (using password: YES)",)),
    (
        "dependency-refused",
        ("System.Net.Sockets.SocketException (111): Connection refused",),
        1,
        {"ConnectionStrings__Db": "Host=localhost;Port=5432;Database=x"},
    ),
    (
        "dependency-refused",
        ("RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified endpoints were reachable",),
        1,
        {"Rabbit__Host": "localhost"},
    ),
    (
        "dependency-unknown-host",
        (
            "RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified endpoints were reachable ---> System.Net.Sockets.SocketException (0xFFFDFFFF): Name or service not known",
        ),
        1,
        {"RABBIT_HOST": "rabbit"},
    ),
    (
        "dependency-refused",
        (
            "io.lettuce.core.RedisConnectionException: Unable to connect to localhost/<unresolved>:6379",
            "Caused by: java.net.ConnectException: Connection refused",
        ),
    ),
    (
        "dependency-refused",
        (
            "com.mongodb.MongoTimeoutException: Timed out after 30000 ms while waiting to connect. Client view of cluster state is {type=UNKNOWN, servers=[{address=localhost:27017, type=UNKNOWN, state=CONNECTING, exception={com.mongodb.MongoSocketOpenException: Exception opening socket}, caused by {java.net.ConnectException: Connection refused}}]",
        ),
    ),
    (
        "dependency-refused",
        (
            "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: fetchMetadata",
            "WARN [AdminClient clientId=adminclient-1] Connection to node -1 (localhost/127.0.0.1:9092) could not be established. Broker may not be available.",
        ),
    ),
    (
        "dependency-refused",
        (
            "2024/05/05 failed to initialize database, got error failed to connect to `host=localhost user=gorm database=gorm`: dial error (dial tcp [::1]:5432: connect: connection refused)",
        ),
    ),
    (
        "dependency-refused",
        ("Error: Could not connect to ClickHouse: http://cache:8123: Connection refused (os error 111)",),
    ),
    (
        "dependency-refused",
        ("Temporal client: failed reaching server: context deadline exceeded",),
        1,
        {"TEMPORAL_ADDRESS": "localhost:7233"},
    ),
    (
        "dependency-refused",
        (
            'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 172.18.0.3:50051: connect: connection refused"',
        ),
    ),
    (
        "dependency-unknown-host",
        ("rpc error: code = Unavailable desc = name resolver error: produced zero addresses",),
        1,
        {"ORDERS_ADDR": "orders:50051"},
    ),
    ("variable-missing", ("Uncaught Error: Missing required env vars: [ 'AUTH_SECRET', 'AUTH_URL' ]",)),
    ("variable-missing", ("[auth][error] MissingSecret: Please define a `secret`.", "AUTH_SECRET is missing")),
    ("variable-missing", ("** (RuntimeError) environment variable DATABASE_URL is missing.",)),
    ("variable-missing", ("fatal: POSTGRES_URL environment variable not set",)),
    ("variable-missing", ("No APP_KEY variable was found in the .env file.",)),
    ("variable-missing", ("The environment variable 'AzureWebJobsStorage' or TOKEN_KEY is required",)),
    ("variable-missing", ("Error: ❌ Invalid environment variables: { DATABASE_URL: [ 'Required' ] }",)),
    (
        "variable-missing",
        ("os.environ['REDIS_URL']", '  File "<frozen os>", line 679, in __getitem__', "KeyError: 'REDIS_URL'"),
    ),
    ("variable-missing", ("starlette.config: KeyError: \"Config 'SECRET_KEY' is missing, and has no default.\"",)),
    (
        "variable-missing",
        (
            "Caused by: io.smallrye.config.ConfigValidationException: SRCFG00014: The config property app.jwt.secret is required but it could not be found in any config source",
        ),
    ),
    ("permission-denied", ("PermissionError: [Errno 13] Permission denied: 'logs/app.log'",)),
    ("permission-denied", ("tee: /var/log/app.log: Permission denied",)),
    (
        "permission-denied",
        ('There is no existing directory at "/var/www/storage/logs" and it could not be created: Permission denied',),
    ),
    (
        "permission-denied",
        (
            'The stream or file "/var/www/storage/logs/laravel.log" could not be opened in append mode: Failed to open stream: Permission denied',
        ),
    ),
    ("permission-denied", ("error: could not open config file /app/.npmrc: EACCES: permission denied",)),
    ("out-of-memory", ("thread '<unnamed>' panicked: memory allocation of 8589934592 bytes failed",), 134),
    ("crashed", ("Segmentation fault (core dumped)",), 139),
    (
        "crashed",
        ("/app/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)",),
    ),
    (
        "crashed",
        (
            "./server: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory",
        ),
        127,
    ),
    ("command-not-found", ("Error: Cannot find command 'serve'", "exec: serve: not found"), 127),
    ("crashed", ("python: can't open file '/app/manage.py': [Errno 2] No such file or directory",), 2),
    ("crashed", ('npm error Missing script: "start"',)),
    ("crashed", ("error TS2307: Cannot find module './app' or its corresponding type declarations.",), 2),
    (
        "crashed",
        (
            "Error: Could not find a production build in the '.next' directory. Try building your app with 'next build' before starting the production server.",
        ),
    ),
    ("service-config-invalid", ("error: config: invalid YAML: did not find expected key",)),
    (
        "data-locked",
        ("panic: timeout: resource temporarily unavailable: bolt database /data/x.db is locked by another process",),
    ),
    (
        "data-version-mismatch",
        (
            "[ERROR] [MY-013171] [InnoDB] Cannot boot server version 80034 on data directory built by version 80200. Downgrade is not supported",
        ),
    ),
    (
        "auth-failed",
        (
            "StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s). There was an authentication failure; check that passwords (or client certificates) are configured correctly: (RedisServerException) WRONGPASS invalid username-password pair or user is disabled.",
        ),
    ),
    (
        "auth-failed",
        ("ERROR: Failed to obtain JDBC connection", 'ERROR: FATAL: password authentication failed for user "keycloak"'),
    ),
    (
        "dependency-unknown-host",
        (
            "java.net.UnknownHostException: zookeeper: Name or service not known",
            "ERROR Fatal error during KafkaServer startup. Prepare to shutdown (kafka.server.KafkaServer)",
        ),
    ),
    (
        "variable-missing",
        (
            "2 validation errors for Settings",
            "jwt_secret_key",
            "  Field required [type=missing, input_value={'port': '8000'}, input_type=dict]",
        ),
    ),
    (
        "variable-missing",
        (
            "Error: Database is uninitialized and superuser password is not specified.",
            "       You must specify POSTGRES_PASSWORD to a non-empty value for the",
        ),
    ),
    (
        "permission-denied",
        ("[Error: EACCES: permission denied, mkdir '/app/.next/cache'] {", "  errno: -13,", "  code: 'EACCES',"),
    ),
    ("command-not-found", ("> nodemon --inspect=0.0.0.0:9229 server.js", "", "sh: 1: nodemon: not found"), 127),
    (
        "out-of-memory",
        (
            "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory",
            " 1: 0xb85bc0 node::Abort() [node]",
        ),
        134,
    ),
    (
        "service-config-invalid",
        (
            "  line 38: field enforce_metric_name not found in type validation.plain",
            "failed parsing config: /etc/loki/local-config.yaml: yaml: unmarshal errors:",
        ),
    ),
    (
        "dependency-unknown-host",
        ('nginx: [emerg] host not found in upstream "frontend:3000" in /etc/nginx/conf.d/app.conf:2',),
    ),
]


@pytest.mark.parametrize("row", WORDS, ids=[f"{number}-{row[0]}" for number, row in enumerate(WORDS)])
def test_what_a_program_says_has_its_code(row: tuple[Any, ...]) -> None:
    code, said = row[:2]
    exit_code, environment = row[2] if len(row) > 2 else 1, row[3] if len(row) > 3 else {}
    app = service("app", container("exited", *said, exit_code=exit_code), environment=environment)
    found = verdicts(stack(CACHE, DB, app))
    assert [(item.code, item.service) for item in found] == [(code, "app")], found
