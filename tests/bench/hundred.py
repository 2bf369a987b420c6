"""A project of 100 services, as large as one Compose file gets: apps behind gateways, each with a store or two."""

from __future__ import annotations

import random
from pathlib import Path

SERVICES = 100
SHARED = ("LOG_LEVEL", "LOG_FORMAT", "REGION", "TIMEOUT_SECONDS", "TRACING_URL")
IMAGES = ("stackctl/python:local", "stackctl/tools:local", "stackctl/redis:local", "stackctl/mongodb:local")


def write_project(folder: Path) -> None:
    """Write the Compose file, `.env` and `.env.template`: probes, ports, volumes, limits and some 400 variables."""
    chance = random.Random(9)
    env = [f"{key}=shared-{index}\n" for index, key in enumerate(SHARED)]
    services = []
    for number in range(SERVICES):
        name = f"S{number:03}"
        env += [f"{name}_{key}={key.lower()}-{number}\n" for key in ("NAME", "MODE", "LIMIT")]
        env.append(f"{name}_PORT={20_000 + number}\n")
        needed = chance.sample(range(max(0, number - 20), number), min(number, 3)) if number % 5 else []
        services.append(_service(number, sorted(needed)))
    volumes = "".join(f"  data{number:03}: {{}}\n" for number in range(0, SERVICES, 4))
    (folder / "compose.yaml").write_text(f"services:\n{''.join(services)}volumes:\n{volumes}")
    (folder / ".env").write_text("".join(env))
    (folder / ".env").chmod(0o600)
    (folder / ".env.template").write_text("".join(f"# What it is for.\n{line}\n" for line in env))
    (folder / ".gitignore").write_text(".env\n.stackctl/\n")


def _service(number: int, needed: list[int]) -> str:
    name = f"S{number:03}"
    shared = "".join(f"      {key}: ${{{key}}}\n" for key in SHARED)
    text = f"""  s{number:03}:
    image: {IMAGES[number % len(IMAGES)]}
    command: ["sleep", "infinity"]
    init: true
    restart: unless-stopped
    environment:
{shared}      APP_NAME: ${{{name}_NAME}}
      APP_MODE: ${{{name}_MODE:-plain}}
      APP_LIMIT: ${{{name}_LIMIT:?is needed}}
    ports: ["127.0.0.1:${{{name}_PORT}}:8080"]
    healthcheck: {{test: ["CMD", "true"], interval: 30s, timeout: 3s, retries: 3}}
    deploy: {{resources: {{limits: {{memory: 64M}}}}}}
    logging: {{driver: json-file, options: {{max-size: 10m, max-file: "3"}}}}
"""
    if number % 4 == 0:
        text += f"    volumes: [data{number:03}:/data]\n"
    if needed:
        waits = ", ".join(f"s{other:03}: {{condition: service_healthy}}" for other in needed)
        text += f"    depends_on: {{{waits}}}\n"
    return text
