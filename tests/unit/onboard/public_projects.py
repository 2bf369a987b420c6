"""Projects as they are found in public: what they use of Compose, and what that looks like on disk."""

from __future__ import annotations

PROJECTS: dict[str, dict[str, str]] = {
    "web and database": {
        "docker-compose.yml": """
            version: "3.8"
            # The blog.
            services:
              db:
                image: postgres:16
                environment:
                  POSTGRES_PASSWORD: ${DB_PASSWORD:?set it}
                volumes: [db:/var/lib/postgresql/data]
              wordpress:
                image: wordpress:6
                depends_on: [db]
                ports: ["8080:80"]
                env_file: .env
            volumes: {db: {}}
            """,
        "docker-compose.override.yml": """
            # Only on my machine.
            services:
              wordpress:
                volumes: ["./src:/var/www/html"]   # live
                ports: !override ["9090:80"]
            """,
        ".env": "DB_PASSWORD=hunter2-is-long\nWP_DEBUG=true\nSITE_URL=https://blog.example\nWEB_PORT=8080\n",
    },
    "anchors": {
        "compose.yaml": """
            x-common: &common
              restart: unless-stopped
              logging: &log {driver: json-file, options: {max-size: 1m}}
              environment: &env {TZ: UTC, LEVEL: info}
            services:
              api: {<<: *common, image: "acme/api:1", environment: {<<: *env, LEVEL: debug}}
              worker:
                <<: *common
                image: acme/worker:1
                command: ["worker", "--name", "$$HOSTNAME"]
            """,
    },
    "include": {
        "compose.yaml": """
            include:
              - infra/compose.yaml
            services:
              app: {image: "acme/app:1", depends_on: [queue]}
            """,
        "infra/compose.yaml": """
            services:
              queue: {image: "rabbitmq:3", volumes: ["./conf:/etc/rabbitmq"]}
            """,
    },
    "extends": {
        "compose.yml": """
            services:
              web:
                extends: {file: common/base.yml, service: app}
                ports: ["3000:3000"]
              cron:
                extends: {service: web}
                command: cron
                ports: !reset []
            """,
        "common/base.yml": """
            services:
              app: {build: {context: ., args: {V: "1"}}, env_file: app.env}
            """,
        "common/app.env": "A=1\n",
        "compose.override.yaml": """
            services:
              web: {environment: {NODE_ENV: development}}
            """,
    },
    "profiles": {
        "compose.yaml": """
            services:
              app: {image: "acme/app:1"}
              mail: {image: "mailhog/mailhog", profiles: [debug], ports: ["8025:8025"]}
              seed: {image: "acme/app:1", profiles: [tools], command: seed, restart: "no"}
            """,
        "compose.override.yml": """
            services:
              mail: {environment: {MH_STORAGE: memory}}
            """,
    },
    "configs with content": {
        "compose.yaml": """
            services:
              proxy:
                image: nginx:1.27
                configs: [{source: site, target: /etc/nginx/conf.d/default.conf}]
                secrets: [token]
            configs:
              site:
                content: |
                  server { listen 80; return 200 "$${HOST}"; }
            secrets:
              token: {environment: API_TOKEN}
            """,
        ".env": "API_TOKEN=abcdef0123456789\n",
    },
    "develop": {
        "compose.yaml": """
            services:
              web:
                build: .
                develop:
                  watch:
                    - {action: sync, path: ./web, target: /src, ignore: [node_modules/]}
                    - {action: rebuild, path: package.json}
                healthcheck: {test: [CMD, curl, -f, "http://localhost"], interval: 30s, start_period: 5s}
            """,
    },
    "networks and limits": {
        "docker-compose.yaml": """
            name: shop-${STAGE:-local}
            services:
              gateway:
                image: traefik:v3
                networks: {edge: {aliases: [gw]}, back: {}}
                deploy: {resources: {limits: {cpus: "0.5", memory: 128M}}}
                labels: ["traefik.enable=true", "rule=Host(`a.example`)"]
              store:
                image: registry.acme.example:5000/platform/redis:7
                networks: [back]
                ulimits: {nofile: {soft: 1000, hard: 2000}}
                sysctls: {net.core.somaxconn: 1024}
            networks: {edge: {}, back: {internal: true}}
            """,
        "docker-compose.override.yaml": """
            networks: {back: {internal: false}}
            services:
              store: {ports: ["127.0.0.1:6379:6379"]}
            """,
    },
    "reset and windows line ends": {
        "compose.yaml": "services:\r\n  web:\r\n    image: nginx\r\n    ports: ['80:80']\r\n",
        "compose.override.yaml": "services:\r\n  web:\r\n    ports: !reset []\r\n    # no port\r\n",
    },
    "a prod overlay of its own": {
        "compose.yaml": "services: {web: {image: nginx, ports: ['80:80']}}\n",
        "compose.override.yaml": "services: {web: {volumes: ['./html:/usr/share/nginx/html']}}\n",
        "compose.prod.yaml": "services: {web: {image: 'nginx:1.27'}}   # mine\n",
    },
}
