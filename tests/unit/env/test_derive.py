from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.call import Call
from stackctl.env.derive import check_derive, derived, options_of, sources_of
from stackctl.env.layers import merge
from stackctl.env.place import Place
from stackctl.env.template import load
from stackctl.errors import ConfigError
from stackctl.services.registry import derivers

PLACE = Place("base.env.template", 7, 13)


def test_secrets_and_options_are_told_apart() -> None:
    recipe = Call("mongodb-uri", ("mongo_root", "host=db", "user=a=b"))
    assert sources_of(recipe) == ("mongo_root",)
    assert options_of(recipe) == {"host": "db", "user": "a=b"}


@pytest.mark.parametrize(
    ("recipe", "uri"),
    [
        (Call("mongodb-uri", ("pw",)), "mongodb://root:p%40ss%2F1@mongodb:27017/?authSource=admin"),
        (
            Call("mongodb-uri", ("pw", "user=me", "host=db", "port=1", "database=shop")),
            "mongodb://me:p%40ss%2F1@db:1/shop?authSource=admin",
        ),
        (Call("redis-uri", ("pw",)), "redis://default:p%40ss%2F1@redis:6379/0"),
    ],
)
def test_a_connection_uri(recipe: Call, uri: str) -> None:
    check_derive(recipe, PLACE, derivers())
    assert derived(recipe, {"pw": "p@ss/1"}.get, derivers()) == uri


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_comes_back_out_of_its_uri(password: str) -> None:
    made = derived(Call("mongodb-uri", ("pw",)), {"pw": password}.get, derivers())
    parts = urlsplit(made)
    assert unquote(parts.password or "") == password
    assert parts.hostname == "mongodb"


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Call("mongo-uri", ("pw",)), "no way to derive is called “mongo-uri”"),
        (Call("mongodb-uri", ("pw", "hots=db")), "no option of mongodb-uri is called “hots”"),
        (Call("redis-acl", ("pw", "user=me")), "redis-acl has no options"),
    ],
)
def test_what_nobody_knows_is_told_with_its_place(recipe: Call, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        check_derive(recipe, PLACE, derivers())
    assert caught.value.message.startswith("base.env.template:7:13: ")


def test_a_template_says_it() -> None:
    text = "# stackctl: generate=hex(32) file=pw\nPW=\n\n# stackctl: derive=redis-uri(pw, host=cache) file=uri\nURI=\n"
    template = merge([load(text.encode(), "base.env.template", "base")])
    recipe = template.secrets["uri"].directives.derive
    assert recipe is not None
    assert (sources_of(recipe), options_of(recipe)) == (("pw",), {"host": "cache"})
    with pytest.raises(ConfigError, match="names no secret"):
        load(b"# stackctl: derive=redis-uri(host=cache) file=uri\nURI=\n", "base.env.template", "base")
