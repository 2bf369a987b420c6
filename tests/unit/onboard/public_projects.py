"""Small projects, each for one thing that is found in public; whole ones are in `projects/`."""

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
