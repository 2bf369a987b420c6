from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackctl.mask import HIDDEN, SHORTEST_ANYWHERE, Mask, hide_in_words, is_sensitive, secrets_in_words

LONG = "s3cr3t+/pass &word="
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="*"), min_size=8)
AROUND = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="*"))


def test_what_nobody_knows_is_left_as_it_is() -> None:
    assert Mask()("mongodb is healthy after 3 s, see /run/secrets/mongo_root") == (
        "mongodb is healthy after 3 s, see /run/secrets/mongo_root"
    )


@pytest.mark.parametrize("text", ["x{}y", "{}", "a {} b", '"{}"', "line\n{}\nline", "{0}{0}"])
def test_a_known_long_value_is_hidden_anywhere(text: str) -> None:
    assert Mask([LONG])(text.format(LONG)) == text.format(HIDDEN)


@pytest.mark.parametrize(
    "form",
    [
        quote(LONG, safe=""),
        quote_plus(LONG),
        base64.b64encode(LONG.encode()).decode(),
        base64.urlsafe_b64encode(LONG.encode()).decode(),
        base64.b64encode(LONG.encode()).decode().rstrip("="),
    ],
)
def test_a_known_value_is_hidden_in_the_forms_in_which_it_travels(form: str) -> None:
    shown = Mask([LONG])(f"said <{form}> and went")
    assert form not in shown
    assert shown.startswith("said <***")


def test_a_value_inside_json_text_is_hidden_although_json_escapes_it() -> None:
    value = 'quo"te\\back\tslash'
    assert value not in json.loads(Mask([value])(json.dumps({"said": value})))["said"]


def test_a_dollar_value_is_hidden_as_compose_writes_it_and_in_the_pieces_it_leaves() -> None:
    mask = Mask(["firsthalf$secondhalf"])
    assert mask("firsthalf$$secondhalf") == HIDDEN
    assert mask("firsthalf$secondhalf") == HIDDEN
    assert "secondhalf" not in mask('The "secondhalf" variable is not set')
    assert "firsthalf" not in mask("value firsthalf is odd")


def test_the_names_that_compose_takes_from_a_dollar_value_are_hidden_however_short() -> None:
    mask = Mask(["pa$word1x-and-more", "ab$longname99-rest"])
    assert mask('The "word1x" variable is not set. Defaulting to a blank string.') == (
        'The "***" variable is not set. Defaulting to a blank string.'
    )
    assert "word1x" not in mask('level=warning msg="The \\"word1x\\" variable is not set."')
    assert mask("word1x is a word") == "word1x is a word"
    assert "longname99" not in mask('The "longname99" variable is not set')
    assert "and-more" not in mask("what is left: pa-and-more")


@pytest.mark.parametrize("user", ["a", "ab", "abc", "root", "äö"])
def test_a_value_inside_a_longer_base64_text_is_hidden(user: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(f"{user}:{LONG}:more".encode()).decode()
        shown = Mask([LONG])(f"Authorization: Basic {text}")
        left = "".join(part for part in shown.removeprefix("Authorization: Basic ").split(HIDDEN))
        assert len(left) <= len(text) - len(base64.b64encode(LONG.encode())) + 6


@pytest.mark.parametrize("safe", ["", "/", "$&+,;=", "!'()*"])
def test_what_other_encoders_make_of_a_value_is_hidden(safe: str) -> None:
    value = "p@ss/w'rd$&+,;=(x)!"
    assert quote(value, safe=safe) not in Mask([value])(f"to http://u:{quote(value, safe=safe)} and on")


def test_a_value_in_single_quotes_of_yaml_is_hidden() -> None:
    assert "o''brien" not in Mask(["o'brien-1234"])("password is 'o''brien-1234'")


def test_each_long_line_of_a_value_of_several_lines_is_hidden() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----"
    assert "MIIEvQIBADANBg" not in Mask([key])("could not read line 2: MIIEvQIBADANBg")


def test_the_longest_value_goes_first() -> None:
    assert Mask(["abcdefgh", "abcdefghijkl"])("abcdefghijkl") == HIDDEN


def test_values_can_be_learnt_later_and_empty_ones_are_passed_over() -> None:
    mask = Mask()
    mask.add("", "  ", "\n")
    assert mask("a b, nothing hidden") == "a b, nothing hidden"
    mask.add("swordfish1")
    assert mask("say swordfish1") == "say ***"


@pytest.mark.parametrize("text", ["core is up", "the core of it", "core-1", "/stacks/core/base.yml", "core", "a-core"])
def test_a_short_value_is_no_secret_where_no_value_stands(text: str) -> None:
    assert Mask(["core"])(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("X=core", "X=***"),
        ("x: core", "x: ***"),
        ('"x": "core"', '"x": "***"'),
        ("x: 'core' it", "x: '***' it"),
        ("X=core,Y=2", "X=***,Y=2"),
        ('{"x":"core"}', '{"x":"***"}'),
        ("x: core.", "x: ***."),
        ("http://h/?x=core&y=1", "http://h/?x=***&y=1"),
    ],
)
def test_a_short_value_is_hidden_in_value_position(text: str, shown: str) -> None:
    assert Mask(["core"])(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "image: core/app:1",
        "path: core/base.yml",
        "http://core:8080/x",
        "redis:core",
        "a:core:b",
        '{"core": 1}',
        '{"x": {"core": 1}}',
        "services:\n  core:\n    image: x",
        "/x=/core/y",
        "core: x",
        "- core",
    ],
)
def test_names_paths_tags_and_keys_that_equal_a_short_value_are_left_alone(text: str) -> None:
    assert Mask(["core"])(text) == text


@pytest.mark.parametrize("value", ["8080", "7", "dev"])
def test_a_value_that_is_a_port_or_a_tag_leaves_addresses_readable(value: str) -> None:
    text = f"http://127.0.0.1:{value}/x, redis:{value}, 127.0.0.1:{value}->{value}/tcp"
    assert Mask([value])(text) == text


def test_a_short_value_that_starts_another_word_is_left_alone() -> None:
    assert Mask(["core"])("image: core_app, name: corex") == "image: core_app, name: corex"


def test_a_long_value_that_is_a_word_of_the_model_is_hidden_in_value_position_only() -> None:
    mask = Mask(["prometheus"], words=["prometheus"])
    assert mask("prometheus is healthy") == "prometheus is healthy"
    assert mask("X=prometheus") == "X=***"


def test_words_can_be_protected_later() -> None:
    mask = Mask(["prometheus"])
    assert mask("prometheus is healthy") == "*** is healthy"
    mask.protect("prometheus")
    assert mask("prometheus is healthy") == "prometheus is healthy"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mongodb://root:pw@mongodb:27017/x?a=b", "mongodb://root:***@mongodb:27017/x?a=b"),
        ("redis://:pw@redis:6379/0", "redis://:***@redis:6379/0"),
        ("postgres+asyncpg://u:a%20b@db/x", "postgres+asyncpg://u:***@db/x"),
        ("http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"),
        ("https://example.com/path", "https://example.com/path"),
        ("image: a/b:1@sha256:00ff", "image: a/b:1@sha256:00ff"),
    ],
)
def test_the_password_of_a_uri_is_hidden_whatever_it_is(text: str, shown: str) -> None:
    assert Mask()(text) == shown


def test_a_password_with_a_colon_in_a_uri_is_hidden_whole() -> None:
    assert Mask()("mongodb://root:pa:ss:wo@mongodb/x") == "mongodb://root:***@mongodb/x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DB_PASSWORD=abc", "DB_PASSWORD=***"),
        ("DB_PASSWORD='a b'", "DB_PASSWORD='***'"),
        ('DB_PASSWORD="a b" next', 'DB_PASSWORD="***" next'),
        ("API_TOKEN: abc", "API_TOKEN: ***"),
        ('{"API_KEY": "abc", "PORT": "80"}', '{"API_KEY": "***", "PORT": "80"}'),
        ('"CLIENT_SECRET":"abc"', '"CLIENT_SECRET":"***"'),
        ("A_CREDENTIAL=abc;x", "A_CREDENTIAL=***;x"),
        ("MY_PASSWD=abc", "MY_PASSWD=***"),
        ("export API_TOKEN=abc", "export API_TOKEN=***"),
        ("-e API_TOKEN=abc", "-e API_TOKEN=***"),
        ("PASSWORD=abc", "PASSWORD=***"),
        ("TOKEN=abc", "TOKEN=***"),
        ("password=abc&x=1", "password=***&x=1"),
        ("o=addr=1.2.3.4,username=u,password=abc,rw", "o=addr=1.2.3.4,username=u,password=***,rw"),
        ("DB_PASSWORD = abc", "DB_PASSWORD = ***"),
        ('{"db_password": "abc", "port": 1}', '{"db_password": "***", "port": 1}'),
        ('{"token":"abc"}', '{"token":"***"}'),
        ('"apiKey": "abc"', '"apiKey": "***"'),
        ("DB_PASSWORD=$$abc", "DB_PASSWORD=***"),
        ("DB_PASSWORD=p$ss", "DB_PASSWORD=***"),
    ],
)
def test_what_a_sensitive_name_is_given_is_hidden(text: str, shown: str) -> None:
    assert Mask()(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "MONGO_INITDB_ROOT_PASSWORD_FILE=/run/secrets/mongo_root",
        "MONGODB_PASSWORD_FILE: /run/secrets/mongo_root",
        '"REDIS_PASSWORD_FILE": "/run/secrets/redis_password"',
        "STACKCTL_SECRETS_DIR=/home/me/secrets",
        "SSH_KEY_PATH=/home/me/key",
        "AWS_ACCESS_KEY_ID=me",
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=",
        '"API_KEY": null',
        '"API_KEY": ""',
        "key: value",
        "password: see the file",
        "secrets: [mongo_root]",
        "secrets:\n  mongo_root:\n    file: /x",
        "keys: [a, b]",
        '{"secrets": {"db_password": {"file": "/x"}}}',
        '"secrets": ["db_password"]',
        '"password_file": "/run/secrets/x"',
        '"token_count": "5"',
        '"primary_key": "id"',
        '{"key": "web", "name": "shop"}',
        "/run/secrets/mongo_root",
        "mongodb:27017",
        "exit code 5, port-in-use",
        "ghcr.io/acme/app:1.2@sha256:0123",
    ],
)
def test_names_paths_codes_and_references_are_never_hidden(text: str) -> None:
    assert Mask()(text) == text


def test_a_name_that_ends_like_grafanas_file_names_is_not_hidden() -> None:
    text = "GF_SECURITY_ADMIN_PASSWORD__FILE=/run/secrets/grafana_admin"
    assert Mask()(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    mask = Mask([LONG, "core"])
    once = mask(f"API_KEY={LONG} x: core mongodb://u:{LONG}@h")
    assert mask(once) == once


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "password", "GITHUB_TOKEN", "api_key", "CLIENT_SECRET", "X_CREDENTIALS"]
)
def test_a_name_says_that_it_holds_a_secret(name: str) -> None:
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name", ["PATH", "DB_PASSWORD_FILE", "KEY", "keys", "ACCESS_KEY_ID", "KEY_NAME", "TOKEN_PATH", "SECRETS_DIR"]
)
def test_a_name_says_that_it_holds_none(name: str) -> None:
    assert not is_sensitive(name)


@given(value=PRINTABLE, before=AROUND, after=AROUND)
@example(value="aaaaaaaa$b", before="", after="")
@example(value="root:pass@", before="http://", after="@x")
def test_no_known_long_value_survives(value: str, before: str, after: str) -> None:
    assert len(value) >= SHORTEST_ANYWHERE
    mask = Mask([value])
    for form in (value, value.replace("$", "$$"), quote(value, safe=""), base64.b64encode(value.encode()).decode()):
        assert form not in mask(before + form + after)


@given(values=st.lists(PRINTABLE, min_size=1, max_size=4), text=AROUND)
def test_several_known_values_side_by_side_are_all_hidden(values: list[str], text: str) -> None:
    shown = Mask(values)(text.join(values))
    assert not [value for value in values if value in shown]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["redis-server", "--requirepass", "abc"], ["abc"]),
        (["redis-server", "--requirepass=abc", "--port", "6379"], ["abc"]),
        (["redis-cli", "-h", "cache", "-a", "abc", "ping"], ["abc"]),
        (["CMD-SHELL", "redis-cli -a abc ping | grep PONG"], ["abc"]),
        (["mongosh", "-u", "root", "-p", "abc"], ["abc"]),
        (["mkdir", "-p", "/data"], []),
        (["grep", "-a", "word"], []),
        (["sh", "-c", "PGPASSWORD=abc psql"], ["abc"]),
        (["app", "--db-password", "$DB_PASSWORD", "--token", "/run/secrets/token"], []),
        (["app", "--api-key=abc", "--key", "name"], ["abc"]),
        (["app", "mongodb://root:abc@db/admin"], ["abc"]),
        (["app", "--password"], []),
        (["sh", "-c", "it's open"], []),
        ([], []),
    ],
)
def test_a_secret_is_known_by_its_place_among_the_words_of_a_command(words: list[str], found: list[str]) -> None:
    assert secrets_in_words(words) == found
    hidden = " ".join(hide_in_words(words))
    assert "abc" not in hidden
    assert hidden.count(HIDDEN) == len(found)


@given(value=PRINTABLE, user=st.text("abcdefgh", max_size=4), after=st.text("xyz:", max_size=4))
def test_no_known_value_survives_in_base64_of_a_longer_text(value: str, user: str, after: str) -> None:
    text = base64.b64encode(f"{user}{value}{after}".encode()).decode()
    shown = Mask([value])(text)
    # What is left of it decodes to less than the value, whatever stood around.
    assert HIDDEN in shown
    assert len(shown.replace(HIDDEN, "")) * 6 // 8 < len(f"{user}{after}".encode()) + 4


WORD = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)


@given(value=WORD, others=st.lists(WORD, min_size=1, max_size=4))
def test_a_short_value_never_changes_names_paths_addresses_and_keys(value: str, others: list[str]) -> None:
    names = [*others, value]
    texts = [
        "/" + "/".join(names),
        " ".join(names),
        f"https://{'.'.join(names)}:{value}/{value}",
        ":".join(names),
        json.dumps({name: {value: 1} for name in names}),
        "-".join(names),
    ]
    for text in texts:
        assert Mask([value])(text) == text


@given(value=WORD, name=st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True))
def test_a_short_value_is_always_hidden_where_a_value_stands(value: str, name: str) -> None:
    mask = Mask([value])
    assert mask(f"{name}={value}") == f"{name}=***"
    assert mask(f"{name}: {value}\n") == f"{name}: ***\n"
    assert mask(json.dumps({name: value})) == json.dumps({name: "***"})
    assert mask(f"redis://{value}:{value}@h") == f"redis://{value}:***@h"


def test_what_is_learnt_after_a_text_was_hidden_counts_for_the_next() -> None:
    mask = Mask(["first-value"])
    assert mask("first-value second-value") == "*** second-value"
    mask.add("second-value")
    assert mask("first-value second-value") == "*** ***"
    mask.protect("first-value")
    assert mask("first-value second-value") == "first-value ***"
    assert mask.suspects(b"a second-value") == [2]


def test_very_many_and_very_long_values_are_hidden_quickly_too() -> None:
    values = [f"value-number-{number:05}$end{number}" for number in range(3000)]
    long = "x1y2" * 250_000
    mask = Mask([*values, long])
    assert mask(f"a {values[7]} b {values[2999]}, {values[7].replace('$', '$$')}; value-number-x") == (
        "a *** b ***, ***; value-number-x"
    )
    assert mask(f"<{long}>") == "<***>"
    assert mask("short") == "short"
    data = f"nothing {values[5]} at all".encode()
    assert 8 in mask.suspects(data)


@given(
    values=st.lists(WORD, min_size=1, max_size=5),
    text=st.lists(
        st.sampled_from(["A=", "b: ", '"c":"', "'d': '", " ", "\n", "x", "/", ":", '"', ","]) | WORD, max_size=12
    ),
)
def test_very_many_short_values_are_hidden_as_few_are(values: list[str], text: list[str]) -> None:
    others = [f"Z{number}" for number in range(3000)]  # no word of the text
    line = "".join(text)
    assert Mask([*values, *others])(line) == Mask(values)(line)


def test_a_warning_of_compose_names_none_of_very_many_pieces() -> None:
    mask = Mask([f"long-enough-value$N{number}" for number in range(3000)])
    assert mask('The "N2999" variable is not set') == 'The "***" variable is not set'
    assert mask('The "OTHER" variable is not set') == 'The "OTHER" variable is not set'
    assert mask.suspects(b'The "N2999" variable is not set') != []
