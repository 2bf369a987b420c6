"""Every command: its module, and the line that `--help` shows. A table, so that help and completion import nothing.

A test compares the lines with the commands' own docstrings.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("stackctl.cli.up", "Start an environment and wait until every service is ready."),
    "down": ("stackctl.cli.down", "Stop and remove containers; the data stays."),
    "restart": ("stackctl.cli.restart", "Apply what is pending, restart, and wait."),
    "wait": ("stackctl.cli.wait", "Wait until every service is ready."),
    "timeline": ("stackctl.cli.timeline", "Show where the time of the last start went."),
    "status": ("stackctl.cli.status", "Show what runs, and how it is."),
    "logs": ("stackctl.cli.logs", "Read the logs of all services in the order of time."),
    "why": ("stackctl.cli.why", "Say why something does not stand: the first cause, the proof, one fix."),
    "bundle": ("stackctl.cli.bundle", "Write one file that explains a failure, without secrets, to send to somebody."),
    "verify": ("stackctl.cli.verify", "Prove that a running stack works, hop by hop; name the hop that is broken."),
    "alerts": ("stackctl.cli.alerts", "Show which alerts fire now, with the address of the panel that shows each."),
    "urls": ("stackctl.cli.urls", "Show every address, with its login."),
    "backup": ("stackctl.cli.backup", "Save the data of services as one verified set."),
    "restore": ("stackctl.cli.restore", "Bring back the data of a set, or all as it was."),
    "reset": ("stackctl.cli.reset", "Give services an empty store again, and fill it from its seed."),
    "backups": ("stackctl.cli.backups", "List and check the sets of an environment."),
    "open": ("stackctl.cli.open", "Open the page of a service in the browser, or print its address."),
    "forward": ("stackctl.cli.forward", "Bring a port of a service to 127.0.0.1, until Ctrl-C."),
    "shell": ("stackctl.cli.shell", "Open a shell in a service, or run CMD there."),
    "client": ("stackctl.cli.client", "Open a store's own client, logged in."),
    "rehearse": (
        "stackctl.cli.rehearse",
        "Start the committed files in a throw-away clone, as a new developer would, and name every gap.",
    ),
    "ci": ("stackctl.cli.ci", "Start a throw-away instance, run CMD against it, and remove it with its data."),
    "instances": ("stackctl.cli.instances", "List the parallel instances on this machine, and remove them."),
    "do": ("stackctl.cli.do", "Run a command that the project defines, in its service."),
    "config": ("stackctl.cli.config", "Show the merged model, secrets masked."),
    "images": ("stackctl.cli.images", "Show which image each service uses, and why; build local ones."),
    "doctor": ("stackctl.cli.doctor", "Check this machine and what stackctl left on it."),
    "init": ("stackctl.cli.init", "Give a Compose project environments, or put the core stack into this folder."),
    "env": ("stackctl.cli.env", "Fill, check, show and use env files."),
    "secrets": ("stackctl.cli.secrets", "List, make, change, share and look for secrets."),
    "compose": ("stackctl.cli.compose", "Run docker compose with this environment's files."),
    "completion": ("stackctl.cli.completion", "Print the completion script of a shell."),
    "version": ("stackctl.cli.version", "Show the versions of stackctl, the engine and Compose."),
}

# Compose's own verbs: `ps` is our `status`, the others are handed to Compose with our files.
ALIASES: dict[str, str] = {"ps": "status"}
PASSED_ON: dict[str, str] = {
    "stop": "Stop services (docker compose stop).",
    "start": "Start stopped services (docker compose start).",
    "pull": "Fetch images (docker compose pull).",
    "build": "Build images (docker compose build).",
    "exec": "Run a command in a service (docker compose exec).",
}
