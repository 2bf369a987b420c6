"""`stackctl env`: the group; each of its commands is a file of its own."""

from __future__ import annotations

import click

from stackctl.cli.env_check import command as check
from stackctl.cli.env_drift import command as drift
from stackctl.cli.env_export import command as export
from stackctl.cli.env_init import command as init
from stackctl.cli.env_run import command as run
from stackctl.cli.env_set import set_command, unset_command
from stackctl.cli.env_show import command as show
from stackctl.cli.env_sync import command as sync


@click.group("env", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Fill, check, show and use env files.

    An env file is made from its templates and kept up to date with them; what stands in it is never changed without
    being asked. Works the same in a plain Compose project with .env and .env.example.

    \b
    Examples:
      stackctl env check dev
      stackctl env show -e prod
    """


for part in (init, check, sync, drift, show, set_command, unset_command, export, run):
    command.add_command(part)
