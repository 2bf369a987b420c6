"""The table of variables, from templates."""

from stackctl.env.page import variables_table
from stackctl.env.template import load

BASE = b"""\
# @defaultSensitive=false @defaultRequired=infer
# ---

# Where the app
# | listens.
# @type=port(min=1024) @example=9000
PORT=8080

# stackctl: generate=hex(32) file=db_password
# @required @sensitive
DB_PASSWORD=

# @type=enum(low,high) @required
LEVEL=
"""
DEV = b"# @type=enum(low,high)\nLEVEL=low\n\n# Only here.\nEXTRA=\n"


def test_each_variable_is_a_row_with_its_value_in_each_environment() -> None:
    layers = {"base": load(BASE, "base", "base"), "dev": load(DEV, "dev", "dev"), "prod": load(b"", "prod", "prod")}
    assert variables_table(layers).splitlines() == [
        "| variable | meaning | type | dev | prod |",
        "| --- | --- | --- | --- | --- |",
        "| `PORT` | Where the app \\| listens. Example: `9000`. | `port(min=1024)` | `8080` | `8080` |",
        "| `DB_PASSWORD` |  | `string` | secret `db_password` | secret `db_password` |",
        "| `LEVEL` |  | `enum(low, high)` | `low` | **required** |",
        "| `EXTRA` | Only here. | `string` | empty | – |",
    ]
