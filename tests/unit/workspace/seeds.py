"""Compose files in the manner of the documents that the product was created from, and small deltas."""

from __future__ import annotations

from typing import Any

import yaml

VECTORA = """
services:
  mongodb:
    image: mongo:7.0
    container_name: vectora-mongodb
    ports: ["27017:27017"]
    environment: {MONGO_INITDB_ROOT_USERNAME: vectora, MONGO_INITDB_ROOT_PASSWORD: dev-password-only}
    volumes: [mongodb_data:/data/db, mongodb_config:/data/configdb]
    networks: [vectora-network]
    healthcheck: {test: "mongosh localhost:27017/test --quiet", interval: 10s, timeout: 5s, retries: 3}
  redis:
    image: redis:7-alpine
    container_name: vectora-redis
    ports: ["6379:6379"]
    volumes: [redis_data:/data]
    networks: [vectora-network]
    healthcheck: {test: redis-cli ping, interval: 10s, timeout: 5s, retries: 3}
  vectora:
    build: {context: ., dockerfile: Dockerfile, args: {BUILD_VERSION: dev-local}}
    container_name: vectora-core
    ports: ["8080:8080"]
    environment:
      MONGODB_URI: "mongodb://vectora:dev-password-only@mongodb:27017/vectora?authSource=admin"
      GEMINI_API_KEY: ${GEMINI_API_KEY:-}
      LOG_LEVEL: debug
    depends_on: {mongodb: {condition: service_healthy}, redis: {condition: service_healthy}}
    volumes: [".:/workspace", "vectora_cache:/home/vectora/.cache/vectora"]
    networks: [vectora-network]
    command: vectora server
volumes: {mongodb_data: , mongodb_config: , redis_data: , vectora_cache: }
networks: {vectora-network: {driver: bridge}}
"""

VECTORA_PROD = """
services:
  mongodb:
    image: mongo:7.0
    container_name: vectora-mongodb-prod
    environment:
      MONGO_INITDB_ROOT_USERNAME: ${MONGODB_USER:-vectora}
      MONGO_INITDB_ROOT_PASSWORD: ${MONGODB_PASSWORD}
    volumes: [mongodb_prod_data:/data/db]
    networks: [vectora-network-prod]
    restart: unless-stopped
    logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
  vectora:
    image: kaffyn/vectora:${VECTORA_VERSION:-latest}
    container_name: vectora-core-prod
    ports: ["8080:8080"]
    environment:
      MONGODB_URI: "mongodb://${MONGODB_USER:-vectora}:${MONGODB_PASSWORD}@mongodb:27017/vectora?authSource=admin"
      LOG_LEVEL: info
    depends_on: [mongodb]
    networks: [vectora-network-prod]
    restart: always
    logging: {driver: json-file, options: {max-size: 10m, max-file: "5"}}
volumes: {mongodb_prod_data: }
networks: {vectora-network-prod: {driver: bridge}}
"""

CODEGRAPH_PRODUCTION = """
services:
  codegraph-api:
    image: codegraph/api:optimized-latest
    ports: ["3000:3000"]
    depends_on: [redis]
    networks: [codegraph_network]
    deploy:
      resources: {limits: {cpus: "2.0", memory: 1G}, reservations: {cpus: "1.0", memory: 512M}}
      restart_policy: {condition: unless-stopped, max_attempts: 3}
  redis: {image: "redis:7", networks: [codegraph_network]}
  nginx: {image: "nginx:1", ports: ["80:80"], depends_on: [codegraph-api], networks: [codegraph_network]}
networks:
  codegraph_network: {driver: bridge, ipam: {config: [{subnet: 172.20.0.0/16, gateway: 172.20.0.1}]}}
"""

CODEGRAPH_DEV = """
services:
  codegraph-api:
    build: {context: ., target: development}
    ports: ["3000:3000"]
    depends_on: [redis, postgres]
    networks: [codegraph_network]
  redis: {image: "redis:7", networks: [codegraph_network]}
  postgres: {image: "postgres:16", networks: [codegraph_network]}
  adminer: {image: adminer, ports: ["8081:8080"], networks: [codegraph_network]}
networks:
  codegraph_network: {driver: bridge}
"""

DELTA = """
services:
  mongodb: {restart: always}
  vectora: {environment: {LOG_LEVEL: info}, ports: !override ["80:8080"]}
"""

TOOLS_ONLY = """
services:
  mongo-express: {image: "mongo-express:1", ports: ["8081:8081"], depends_on: [mongodb]}
"""


class _Loader(yaml.SafeLoader):
    """Reads `!override` and `!reset` as if they were not written."""


def _plain(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return None


_Loader.add_multi_constructor("!", _plain)


def parsed(text: str) -> dict[str, Any]:
    value = yaml.load(text, _Loader)  # a SafeLoader's child
    assert isinstance(value, dict)
    return value
