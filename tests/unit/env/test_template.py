from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.env.call import Call
from stackctl.env.item import Item
from stackctl.env.template import load
from stackctl.errors import ConfigError

CORE = Path(__file__).parents[3] / "env" / "core"


def items(text: str) -> dict[str, Item]:
    return {item.key: item for item in load(text.encode(), "t", "base").items}


def one(text: str) -> Item:
    (item,) = items(text).values()
    return item


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(text.encode(), "t", "base")
    return caught.value


def test_an_item_with_all_that_can_be_said() -> None:
    item = one(
        "# Where the app is\n# published.\n"
        '# @required @type=port(min=1024, max=2000) @example="80 80" # prose\n'
        "# @docs(https://example.org/a) @docs('b') @deprecated=\"use B\" @sensitive @tag(x)\n"
        "K=8080\n"
    )
    assert item.description == ("Where the app is", "published.")
    assert (item.default, item.layer, str(item.place)) == ("8080", "base", "t:5:1")
    assert (item.required, item.sensitive, item.example) == (True, True, "80 80")
    assert (item.type.name, dict(item.type.settings)) == ("port", {"min": "1024", "max": "2000"})
    assert (item.docs, item.deprecated) == (("https://example.org/a", "b"), "use B")


def test_directives() -> None:
    made = items(
        "# stackctl: secrets-dir\nS=\n"
        "# stackctl: generate=hex(32) file=mongo_root\n# stackctl: rotate=mongo\nP=\n"
        "# stackctl: derive=redis-acl(mongo_root, other) file=acl\nA=\n"
    )
    assert made["S"].directives.secrets_dir
    assert made["P"].directives.generate == Call("hex", ("32",))
    assert (made["P"].secret, made["P"].directives.rotate, made["P"].sensitive) == ("mongo_root", "mongo", True)
    assert made["A"].directives.derive == Call("redis-acl", ("mongo_root", "other"))


def test_settings_and_words_of_types() -> None:
    assert one("# @type=enum(a, 'b c')\nK=a\n").type.choices == ("a", "b c")
    assert dict(one('# @type=string(matches="^(a,b)$",minLength=1)\nK=a\n').type.settings) == {
        "matches": "^(a,b)$",
        "minLength": "1",
    }


def test_a_gap_or_a_divider_detaches_a_comment() -> None:
    for gap in ("\n", " \n", "# ---\n", "# === part ===\n", "#####\n"):
        assert one(f"# above\n{gap}# mine\nK=1\n").description == ("mine",)


def test_lines_of_a_value_are_no_comments() -> None:
    assert one("K='a\n# @nonsense\nb'\n").default == "a\n# @nonsense\nb"
    assert items("A='\n\n'\n# mine\nK=1\n")["K"].description == ("mine",)


def test_required_is_inferred_unless_the_header_says_otherwise() -> None:
    text = "A=1\nB=\nC\n# @optional\nD=1\n# @required\nE=\n# @required=false\nF=1\n"
    assert [item.required for item in items(text).values()] == [True, False, False, False, True, False]
    assert [item.required for item in items("# @defaultRequired=true\n\n" + text).values()] == [
        True, True, True, False, True, False,
    ]  # fmt: skip
    assert items(text)["C"].default is None


def test_sensitive_by_name_by_header_and_by_word() -> None:
    text = "A_PASSWORD=\nB=\n# @public\nC_TOKEN=\n# @sensitive\nD=\n"
    assert [item.sensitive for item in items(text).values()] == [True, False, False, True]
    for said in (True, False):
        header = f"# @defaultSensitive={str(said).lower()}\n\n"
        assert [item.sensitive for item in items(header + text).values()] == [said, said, False, True]


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("A=1\n# x\n#  @requird\nK=1\n", "t:3:4", "did you mean “@required”?"),
        ("# @required @typ=port\nK=1\n", "t:1:13", "did you mean “@type”?"),
        ("# @type=prt\nK=1\n", "t:1:3", "did you mean “port”?"),
        ("# @type=port(mn=1)\nK=1\n", "t:1:3", "did you mean “min”?"),
        ("# @type=port(1)\nK=1\n", "t:1:3", "write name=value"),
        ("# @type=enum\nK=1\n", "t:1:3", "enum(one, other)"),
        ("# @type\nK=1\n", "t:1:3", ""),
        ("# @type=port(min=1\nK=1\n", "t:1:13", "close it"),
        ("# @example='a\nK=1\n", "t:1:12", "close it"),
        ("# @example=\nK=1\n", "t:1:12", "right after"),
        ("# @required yes\nK=1\n", "t:1:13", "prose"),
        ("# @required=maybe\nK=1\n", "t:1:3", "@required"),
        ("# @import(../x)\n\nK=1\n", "t:1:3", "there is:"),
        ("# @required\n\nK=1\n", "t:1:3", "remove the gap"),
        ("K=1\n\n# @defaultRequired=true\n\nL=1\n", "t:3:3", "put it at the top"),
        ("# @defaultRequired=true\nK=1\n", "t:1:3", "gap"),
        ("# @defaultRequired=sometimes\n\nK=1\n", "t:1:3", "infer"),
        ("# stackctl: generat=hex(32) file=a\nK=\n", "t:1:13", "did you mean “generate”?"),
        ("#  stackctl:  file=a rotat=mongo\nK=\n", "t:1:22", "did you mean “rotate”?"),
        ("# stackctl: generate=hx(32) file=a\nK=\n", "t:1:13", "there is: hex"),
        ("# stackctl: generate=hex file=a\nK=\n", "t:1:13", "write hex(32)"),
        ("# stackctl: generate=hex(8) file=a\nK=\n", "t:1:13", "write hex(32)"),
        ("# stackctl: generate= file=a\nK=\n", "t:1:22", "name"),
        ("# stackctl: generate=hex(32)\nK=x\n", "t:2:1", "remove the value"),
        ("# stackctl: derive=x(a)\nK=\n", "t:2:1", "add file=NAME"),
        ("# @type=port(min=a)\nK=\n", "t:1:3", "correct the setting"),
        ("# @type=string(matches=*a)\nK=\n", "t:1:3", "correct the setting"),
        ("# stackctl: derive=x file=a\nK=\n", "t:1:13", "derive=how(secret)"),
        ("# stackctl: file=../a\nK=\n", "t:1:13", "lower-case"),
        ("# stackctl: file=\nK=\n", "t:1:13", "lower-case"),
        ("# stackctl: file\nK=\n", "t:1:13", "file=…"),
        ("# stackctl: generate=hex(32) derive=x(a) file=b\nK=\n", "t:2:1", "one of the two"),
        ("# stackctl: generate=hex(32) file=b\nK=weak\n", "t:2:1", "remove the value"),
        ("# stackctl: secrets-dir file=b\nK=\n", "t:2:1", "file="),
        ("# stackctl: secrets-dir\n\nK=\n", "t:1:13", "gap"),
        ("K=1\nK=2\n", "t:2:1", "line 1"),
        ("K=a#b\n", "t:1:3", "single quotes"),
        ("K=`a`\n", "t:1:3", "single quotes"),
        ("K=exec(rm)\n", "t:1:3", "single quotes"),
        ("K=a$b\n", "t:1:3", "single quotes"),
        ('K="a\\$b"\n', "t:1:3", "single quotes"),
        ("K=1\nL", "t:2:1", "end the line"),
        ("A B=1\n", "t:1:2", ""),
    ],
)
def test_a_mistake_has_its_place_and_a_way_out(text: str, place: str, hint: str) -> None:
    error = refused(text)
    assert error.message.startswith(place + ": ")
    assert hint in error.hint


def test_prose_may_say_what_it_likes() -> None:
    text = (
        "# `stackctl: x`, write to me@example.org\n# (@todo) stackctl makes this\n# @todo @see(x)\n  # @required\nK=1\n"
    )
    assert len(one(text).description) == 3


@pytest.mark.parametrize("path", sorted(CORE.glob("*.env.template")), ids=lambda path: path.name)
def test_the_core_stacks_templates_load(path: Path) -> None:
    assert all(item.description or item.type.name != "string" for item in load(path.read_bytes(), path.name, "x").items)
