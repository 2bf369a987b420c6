"""What the canary test runs: command lines, in success and in failure, and what is broken before each.

A feature joins by a line in LINES for each of its commands and each of its ways to fail; what must be broken first
stands in SPOILS. A command without a line fails the test. Files and containers need nothing: all are searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.engine.cli import TOOLS

DEV_LOCAL = "stacks/core/dev.local.yml"
DEV_LOCAL_ENV = "env/core/dev.local.env"

# What is written into the workspace before a line and taken away after it. CANARY is an API key of dev.local.env that a
# Compose file names; Compose's own complaints then echo its value.
SPOILS: dict[str, dict[str, str]] = {
    "a port that Compose rejects": {
        DEV_LOCAL: "services: {redis: {ports: ['${SHOP_API_KEY}:6379']}}\n",
    },
    "a type that Compose rejects": {
        DEV_LOCAL: "services: {redis: {init: '${SHOP_API_KEY}', environment: ['${SHOP_API_KEY}']}}\n",
    },
    "a volume that Compose rejects": {
        DEV_LOCAL: "services: {redis: {volumes: ['${SHOP_API_KEY}:/data2']}}\n",
    },
    "a shell variable that Compose rejects": {
        DEV_LOCAL: "services: {redis: {ports: ['${SHOP_SHELL_TOKEN}:6379']}}\n",
    },
    "yaml with the value in it": {
        DEV_LOCAL: "services:\n  redis:\n    environment:\n      SHOP_API_KEY: {CANARY: : [\n",
    },
    "a value in the Compose file itself": {
        DEV_LOCAL: "x-own: {SHOP_API_KEY: {CANARY}}\nservices: {jaeger-init: {labels: {a: '${SHOP_API_KEY}'}}}\n",
    },
    "an env file with an open quote": {
        DEV_LOCAL_ENV: "SHOP_API_KEY='{CANARY}\nCORE_LOG_LEVEL=debug\n",
    },
    "an env file with a line that is none": {
        DEV_LOCAL_ENV: "SHOP_API_KEY={CANARY}\nSHOP_TOKEN {CANARY}\n",
    },
    "a missing variable beside it": {
        DEV_LOCAL: "services: {redis: {labels: {a: '${SHOP_API_KEY}', b: '${NOBODY_SETS_THIS:?say it}'}}}\n",
    },
    "a tracked file with the value in it": {
        ".gitignore": "# {CANARY}\n",
    },
    "a sealed file that is damaged": {
        "env/core/dev.secrets.age": "[secret mongo_root] recipients=000000000000\n{CANARY}\n",
    },
    "a command that shows it": {
        DEV_LOCAL: "x-stackctl: {commands: {leak: {service: redis, run: [cat, /run/secrets/redis_password]}}}\n",
    },
    "a requirement that nobody meets": {
        DEV_LOCAL: "x-stackctl: {requires: {memory: 900TiB}}\n",
    },
    "an env file of ours with an open quote": {
        "env/core/dev.env": "SHOP_API_KEY='{CANARY}\n",
    },
    "a service that tells it and fails": {
        DEV_LOCAL: f"""
            services:
              leaky:
                image: {TOOLS}
                command: [sh, -c, 'cat /run/secrets/redis_password; cat /run/secrets/redis_password >&2; exit 4']
                restart: "no"
                secrets: [redis_password]
            """,
    },
    "a service that tells it and goes on": {
        DEV_LOCAL: f"""
            services:
              leaky:
                image: {TOOLS}
                init: true
                command:
                  - sh
                  - -c
                  - >-
                    p=$$(cat /run/secrets/redis_password); echo "the password is $$p"; echo "$$p" | base64 >&2;
                    echo "{{\\"level\\":\\"error\\",\\"msg\\":\\"no\\",\\"auth\\":{{\\"p\\":\\"$$p\\"}},\\"$$p\\":1}}";
                    echo "level=info msg=\\"x\\" url=redis://u:$$p@redis"; sleep 900
                secrets: [redis_password]
            """,
    },
    "a probe that tells it and fails": {
        DEV_LOCAL: f"""
            services:
              leaky:
                image: {TOOLS}
                command: [sleep, "900"]
                init: true
                secrets: [mongo_root]
                healthcheck: {{test: [CMD-SHELL, "cat /run/secrets/mongo_root; exit 1"], interval: 1s, retries: 1}}
            """,
    },
    "a command that does not exist": {
        DEV_LOCAL: f"services: {{leaky: {{image: {TOOLS}, command: ['/no/such/${{SHOP_API_KEY}}']}}}}\n",
    },
    "a build that tells it and fails": {
        DEV_LOCAL: """
            services:
              leaky:
                image: "TOKEN/leaky:1"
                build: {context: ../../leaky, args: {SHOP_API_KEY: "${SHOP_API_KEY}"}}
            """,
        "leaky/Dockerfile": f"FROM {TOOLS}\nARG SHOP_API_KEY\nRUN echo $SHOP_API_KEY; exit 5\n",
    },
}


@dataclass(frozen=True)
class Line:
    """A command line and how it ends (None: either way).

    `spoil` breaks something first, `then` mends what the line did. `stdin` may name planted values: `{redis_password}`.
    """

    words: str
    code: int | None = 0
    spoil: str = ""
    then: str = ""
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.words + (f" [{self.spoil}]" if self.spoil else "") + (f" {dict(self.env)}" if self.env else "")


# A public key that belongs to nobody here.
SOMEBODY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
DEAD = {"DOCKER_HOST": "unix:///nonexistent/stackctl-test.sock"}
LINES = (
    # As it should be.
    Line("up dev"),
    Line("up dev --json"),
    Line("up dev --json --stream"),
    Line("up dev --dry-run"),
    Line("up dev redis --force-recreate"),
    Line("restart dev redis"),
    Line("restart dev redis --in-place"),
    Line("restart dev --dry-run"),
    Line("status dev"),
    Line("status --json"),
    Line("verify dev --timeout 60s --verbose", code=None),
    Line("verify dev --only metrics,data --json", code=None),
    Line("alerts dev --json", code=None),
    Line("wait dev"),
    Line("timeline dev"),
    Line("timeline dev --json"),
    Line("logs -e dev"),
    Line("logs -e dev --json"),
    Line("logs -e dev --utc --pretty"),
    Line("why dev"),
    Line("why dev --json"),
    Line("ps dev"),
    Line("urls dev"),
    Line("urls dev --json"),
    Line("shell dev-none", code=2),
    Line("shell redis -e dev -- cat /run/secrets/redis_password"),
    Line("shell redis -e dev -- env"),
    Line("client redis -e dev -- ACL WHOAMI"),
    Line("client mongodb -e dev -- --eval db.runCommand({connectionStatus:1})"),
    Line("client mongodb -e dev -- --eval process.env"),
    Line("ci dev redis --as redis -- true"),
    Line("ci dev redis --as redis --json -- sh -c false", code=1),
    Line("ci dev redis --as redsi -- true", code=2),
    Line("up dev redis --instance fork --fork-from dev --dry-run"),
    Line("up dev redis --instance fork --fork-from dev --json", then="instances remove fork --yes"),
    Line("up dev redis --instance fork --fork-from prod", code=7),
    Line("up dev --new-secrets", code=2),
    Line("up dev mongodb redis --no-deps --instance own --fork-from dev --new-secrets --dry-run"),
    Line("rehearse dev redis", code=None),
    Line("instances"),
    Line("instances --json"),
    Line("instances remove nobody", code=2),
    Line("do -e dev", spoil="a command that shows it"),
    Line("do leak -e dev", spoil="a command that shows it"),
    Line("do leak -e dev --json", spoil="a command that shows it"),
    Line("do laek -e dev", code=2, spoil="a command that shows it"),
    Line("open grafana -e dev --print"),
    Line("config dev"),
    Line("config dev --format json"),
    Line("config dev --json"),
    Line("config prod"),
    Line("env init dev"),
    Line("env init dev --dry-run --json"),
    Line("env check dev", code=None),
    Line("env check dev --json", code=None),
    Line("env sync dev"),
    Line("env sync dev --check --json"),
    Line("env drift dev"),
    Line("env drift dev --json"),
    Line("env show -e dev"),
    Line("env show -e dev --json"),
    Line("env show SHOP_API_KEY -e dev"),
    Line("env show REDIS_PASSWORD -e dev --json"),
    Line("env run -e dev -- true"),
    Line("env export dev --for host"),
    Line("images dev"),
    Line("images dev --json"),
    Line("doctor", code=None),
    Line("doctor --json", code=None),
    Line("version"),
    Line("completion bash"),
    Line("bundle dev -o trouble.tar.zst"),
    Line("bundle dev -o trouble.tar.zst --json", code=7),
    Line("bundle dev --dry-run --json"),
    Line("why --bundle trouble.tar.zst", code=None),
    Line("backup dev --dry-run"),
    Line("backup dev mongodb redis"),
    Line("backup dev mongodb --json"),
    Line("backups"),
    Line("backups verify --json"),
    Line("backups copy latest --to copies"),
    Line("backups prune", code=3),
    Line("backup dev mongodb -o passed.tar"),
    Line("restore ./passed.tar mongodb -e dev --yes"),
    Line("restore redis -e dev --into look --dry-run"),
    Line("restore redis -e dev --into look --json"),
    Line("restore redis -e dev --into look", code=7, then="instances remove look --yes"),
    Line("reset redis -e dev --yes"),
    Line("restore redis -e dev --dry-run"),
    Line("restore mongodb -e dev --without-oplog --dry-run"),
    Line("restore mongodb redis -e dev --yes"),
    Line("restore mongodb -e dev", code=7),
    Line("restore latst -e dev", code=2),
    Line("restore ./passed.tar mongodb -e dev --with-users --yes", code=7),
    Line("restore ./env/core/dev.env -e dev", code=8),
    Line("reset mongodb -e dev", code=7),
    Line("reset mongdb -e dev", code=2),
    Line("compose dev --print"),
    Line("compose dev -- config"),
    Line("compose dev -- logs --no-color"),
    Line("compose dev -- ps --all"),
    Line("compose dev -- exec -T redis cat /run/secrets/redis_password"),
    Line("compose dev -- exec -T mongodb cat /run/secrets/mongo_root"),
    Line("compose dev -- exec -T redis cat /run/secrets/redis_acl"),
    Line("exec dev -- -T redis cat /run/secrets/redis_password"),
    Line("stop dev redis", then="up dev -q"),
    Line("secrets list"),
    Line("secrets list prod --json"),
    Line("secrets generate"),
    Line("secrets generate redis_password --dry-run"),
    Line("secrets set redis_password", stdin="{redis_password}"),
    Line("secrets set redis_password --json", stdin="{redis_password}\n"),
    Line("secrets remove redis_password --dry-run"),
    Line("secrets identity"),
    Line(f"secrets recipients add {SOMEBODY} --name Ben"),
    Line("secrets recipients list --json"),
    Line("secrets seal"),
    Line("secrets recipients remove Ben"),
    Line("secrets seal --json"),
    Line("secrets unseal"),
    Line("secrets unseal --json --replace"),
    Line("secrets verify"),
    Line("secrets scan"),
    Line("secrets scan --json", code=9, spoil="a tracked file with the value in it"),
    Line("secrets scan --staged"),
    Line("secrets scan --install-hook"),
    Line("down dev --dry-run"),
    Line("down dev", then="up dev -q"),
    # Refused, or wrong.
    Line("up dve", code=2),
    Line("up dev", code=4, spoil="a requirement that nobody meets"),
    Line("up dev rediss", code=2),
    Line("down dev --volumes", code=7),
    Line("secrets show redis_pasword -e dev", code=2),
    Line("forward rediss -e dev", code=2),
    Line("secrets generate mongo_root", code=7),
    Line("secrets set redis_password", code=3, stdin=" {redis_password}"),
    Line("secrets set redis_pasword", code=2, stdin="{redis_password}"),
    Line("secrets set redis_acl", code=2, stdin="{redis_password}"),
    Line("secrets remove redis_password", code=7),
    Line("secrets recipients add -", code=2, stdin="{identity}"),
    Line("secrets recipients add -", code=2, stdin="{mongo_root}"),
    Line("secrets unseal -i -", code=3, stdin="{mongo_root}"),
    Line("secrets unseal -i -", code=3, stdin="{identity}x"),
    Line("secrets unseal", code=3, spoil="a sealed file that is damaged"),
    Line("secrets seal", code=3, spoil="a sealed file that is damaged"),
    Line("secrets verify --json", code=9, spoil="a sealed file that is damaged"),
    Line("secrets list", spoil="a port that Compose rejects"),
    Line("secrets scan", code=None, spoil="a port that Compose rejects"),
    Line("secrets seal", code=3, spoil="an env file of ours with an open quote"),
    Line("urls dev --reveal", code=3, spoil="a port that Compose rejects"),
    Line("init", code=7),
    Line("init --from", code=7),
    Line("env show -e dev --reveal REDIS_PASSWORD", code=7),
    Line("env set SHOP_API_KEY -e dev", code=2),
    Line("env set MONGO_ROOT_PASSWORD -e dev", code=2),
    Line("env unset SHOP_API_KEYS -e dev", code=2),
    Line("env run -e dev -- no-such-program", code=2),
    Line("env drift dev", code=4, env=DEAD),
    Line("env drift dev", code=3, spoil="a shell variable that Compose rejects"),
    Line("env drift dev --json", code=3, spoil="an env file with an open quote"),
    Line("env drift dev", code=9, spoil="a value in the Compose file itself"),
    Line("env check dev", code=3, env=DEAD, spoil="a port that Compose rejects"),
    Line("compose dev -- no-such-verb", code=None),
    Line("up dev", code=4, env=DEAD),
    Line("status dev", code=4, env=DEAD),
    Line("config dev", env=DEAD),
    Line("bundle dev -o trouble.tar.zst --yes", env=DEAD),
    *(
        Line("bundle dev -o trouble.tar.zst --yes", spoil=spoil)
        for spoil in (
            "a port that Compose rejects",
            "a shell variable that Compose rejects",
            "yaml with the value in it",
            "a value in the Compose file itself",
            "an env file with an open quote",
            "a missing variable beside it",
        )
    ),
    Line("doctor", code=9, env=DEAD),
    *(
        Line(words, code=3, spoil=spoil)
        for spoil in (
            "a port that Compose rejects",
            "a type that Compose rejects",
            "a volume that Compose rejects",
            "a shell variable that Compose rejects",
            "yaml with the value in it",
            "an env file with an open quote",
            "an env file with a line that is none",
            "a missing variable beside it",
        )
        for words in ("up dev", "config dev --json")
    ),
    Line("restart dev redis", code=3, spoil="a port that Compose rejects"),
    *(
        Line(words, code=3, spoil=spoil)
        for spoil in ("an env file with an open quote", "an env file with a line that is none")
        for words in ("env check dev", "env show -e dev --json", "env set SHOP_NEW 1 -e dev", "env export dev")
    ),
    Line("env check dev --json", code=3, spoil="a type that Compose rejects"),
    Line("env show -e dev", spoil="a value in the Compose file itself"),
    Line("images dev", code=3, spoil="a port that Compose rejects"),
    Line("compose dev -- config", code=None, spoil="a port that Compose rejects"),
    Line("compose dev -- up -d redis", code=None, spoil="a type that Compose rejects"),
    Line("config dev", spoil="a value in the Compose file itself"),
    Line("config dev --format json", spoil="a value in the Compose file itself"),
    Line("compose dev -- config", spoil="a value in the Compose file itself"),
    Line("up dev", code=5, spoil="a service that tells it and fails", then="up dev -q --remove-orphans"),
    Line("up dev", code=5, spoil="a probe that tells it and fails"),
    Line("status dev", spoil="a probe that tells it and fails"),
    Line("up dev", spoil="a service that tells it and goes on"),
    Line("logs leaky -e dev", spoil="a service that tells it and goes on"),
    Line("logs leaky -e dev --json", spoil="a service that tells it and goes on"),
    Line("logs leaky -e dev --utc --pretty", spoil="a service that tells it and goes on"),
    Line("bundle dev -o trouble.tar.zst --yes", spoil="a service that tells it and goes on"),
    Line(
        "logs leaky -e dev --grep canary -C 2",
        spoil="a service that tells it and goes on",
        then="up dev -q --remove-orphans",
    ),
    Line("why dev", spoil="a probe that tells it and fails", code=None),
    Line("why dev --json --evidence", spoil="a probe that tells it and fails", code=None),
    Line("up dev --bundle-on-failure trouble.tar.zst", code=5, spoil="a probe that tells it and fails"),
    Line("why --bundle trouble.tar.zst --json --evidence", code=5),
    Line("bundle dev -o trouble.tar.zst --yes", spoil="a probe that tells it and fails"),
    Line("up dev --json --stream", code=5, spoil="a probe that tells it and fails", then="up dev -q --remove-orphans"),
    Line("up dev", code=5, spoil="a command that does not exist", then="up dev -q --remove-orphans"),
    Line("up dev", code=5, spoil="a build that tells it and fails"),
)
