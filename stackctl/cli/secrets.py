"""`stackctl secrets`: the group; its commands stand in the files `secret_….py` beside this one."""

from __future__ import annotations

import click

from stackctl.cli.secret_list import list_secrets, show
from stackctl.cli.secret_recipients import identity, recipients
from stackctl.cli.secret_scan import scan
from stackctl.cli.secret_seal import seal, unseal, verify
from stackctl.cli.secret_set import generate, remove, set_secret


@click.group("secrets", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, make, change, share and look for secrets.

    They live outside the checkout, one value per file, under $STACKCTL_HOME/projects/PROJECT/secrets. To share them
    with a team they are sealed into env/STACK/ENV.secrets.age, which is committed: secrets recipients, seal, unseal.
    """


for part in (
    list_secrets,
    show,
    generate,
    set_secret,
    remove,
    identity,
    recipients,
    seal,
    unseal,
    verify,
    scan,
):
    command.add_command(part)
