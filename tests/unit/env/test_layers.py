from __future__ import annotations

import pytest

from stackctl.env.item import Template
from stackctl.env.layers import derivation_order, merge
from stackctl.env.template import load
from stackctl.errors import ConfigError

SECRETS = (
    "# stackctl: derive=uri(acl, root) file=uri\nC=\n"
    "# stackctl: derive=redis-acl(root) file=acl\nB=\n"
    "# stackctl: generate=hex(32) file=root\nA=\n"
)


def merged(*texts: str) -> Template:
    return merge([load(text.encode(), f"{n}.env.template", str(n)) for n, text in enumerate(texts)])


def test_a_later_layer_wins_and_its_place_is_kept() -> None:
    template = merged("A=1\nB=1\n", "C=2\n\nB=2\n")
    assert [(item.key, item.default, item.layer, str(item.place)) for item in template.items] == [
        ("A", "1", "0", "0.env.template:1:1"),
        ("B", "2", "1", "1.env.template:3:1"),
        ("C", "2", "1", "1.env.template:1:1"),
    ]
    assert template.sources == ("0.env.template", "1.env.template")


def test_what_a_later_layer_is_silent_about_stays() -> None:
    base = "# The port.\n# @required @type=port @sensitive @example=1\nK=\n"
    item = merged(base, "K=2\n").get("K")
    assert item is not None
    assert (item.description, item.type.name, item.sensitive, item.example) == (("The port.",), "port", True, "1")
    item = merged(base, "# Other.\n# @optional @type=string @public\nK=2\n").get("K")
    assert item is not None
    assert (item.description, item.required, item.type.name, item.sensitive) == (("Other.",), False, "string", False)


def test_a_later_layer_cannot_give_a_secret_a_default() -> None:
    with pytest.raises(ConfigError, match=r"1\.env\.template:1:1: a secret has no default"):
        merged("# stackctl: generate=hex(32) file=a\nK=\n", "K=weak\n")


def test_derived_secrets_come_after_their_sources() -> None:
    assert [item.secret for item in derivation_order(merged(SECRETS))] == ["acl", "uri"]
    assert sorted(merged(SECRETS).secrets) == ["acl", "root", "uri"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("# stackctl: derive=x(b) file=a\nA=\n# stackctl: derive=x(a) file=b\nB=\n", "from itself", "a ← b ← a"),
        ("# stackctl: derive=x(a) file=a\nA=\n", "from itself", "a ← a"),
        ("# stackctl: derive=x(rot) file=a\nA=\n# stackctl: generate=hex(32) file=root\nB=\n", "rot", "“root”?"),
        ("# stackctl: file=a\nA=\n# stackctl: file=a\nB=\n", "one file", "own file="),
    ],
)
def test_secrets_that_cannot_be_made(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        merged(text)
    assert caught.value.message.startswith("0.env.template:")
    assert hint in caught.value.hint
