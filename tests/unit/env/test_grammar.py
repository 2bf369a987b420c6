from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackctl.env.grammar import EnvFile, parse
from stackctl.errors import ConfigError
from tests.unit.env.conformance import CASES, Case
from tests.unit.env.generator import env_file

CANARY = "CANARYxyzzy"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def values(data: bytes | str, shell: dict[str, str] | None = None) -> dict[str, str]:
    data = data.encode() if isinstance(data, str) else data
    return parse(data, "x.env").resolve(shell or {}, as_env_file=True)


def result(case: Case, as_env_file: bool) -> dict[str, str] | None:
    try:
        return parse(case.data, "x.env").resolve(case.shell, as_env_file=as_env_file)
    except ConfigError:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reads_what_compose_reads(case: Case) -> None:
    assert result(case, as_env_file=True) == case.env_file
    assert result(case, as_env_file=False) == case.dotenv


def test_the_table_has_every_input() -> None:
    assert {int(case.name[:2]) for case in CASES} == set(range(1, 48))


@given(st.binary() | st.integers(0, 10**6).map(lambda seed: env_file(seed, wild=0.3)))
@example(b"K=" + b"${A:-" * 70 + b"}" * 70)
@example(b"export ")
@example(b"\xff\xfeK\x00")
@example(b"K=1\n" + b"".join(b"A%d=${A%d}${A%d}\n" % (n + 1, n, n) for n in range(60)).replace(b"A0}", b"K}"))
def test_any_bytes_are_read_or_refused_and_kept_as_they_are(data: bytes) -> None:
    try:
        read = parse(data, "x.env")
    except ConfigError as error:
        assert error.message.startswith("x.env:")
        return
    assert read.to_bytes() == data
    for entry in read.entries:
        assert read.text[entry.span.start : entry.span.end] == entry.raw_value
    try:
        read.resolve({"A": "a"})
    except ConfigError as error:
        assert error.message.startswith("x.env:")


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][\w.-]*", fullmatch=True), TEXTS, max_size=6))
def test_what_is_written_is_read_back(wanted: dict[str, str]) -> None:
    written = EnvFile("x.env", "", False, ())
    for key, value in wanted.items():
        written = written.append(key, value, ["what $it is for"])
    assert parse(written.to_bytes(), "x.env").resolve({"it": "no"}, as_env_file=True) == wanted


@given(st.integers(0, 10**6), TEXTS)
def test_replacing_changes_one_value_and_no_other_byte(seed: int, new: str) -> None:
    try:
        before = parse(env_file(seed), "x.env")
    except ConfigError:
        return
    for key in (key for key in before.keys if key):
        after = before.replace(key, new)
        entry = before.get(key)
        assert entry is not None
        assert after.text.startswith(before.text[: entry.span.start])
        assert after.text.endswith(before.text[entry.span.end :])
        assert [e.key for e in after.entries] == [e.key for e in before.entries]
        written = after.get(key)
        assert written is not None
        assert values(f"K={written.raw_value}\n", {"A": "no"}) == {"K": new}
        assert parse(after.to_bytes(), "x.env") == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("# c\nK = old # note\n", "new", "# c\nK = new # note\n"),
        ("K='a b' # note\r\n", "new", "K='new' # note\r\n"),
        ("K='a' L=2\n", "new", "K='new' L=2\n"),
        ("K=a # note\n", "", "K='' # note\n"),
        ("K=a\n", "", "K=\n"),
        ("K\nL=1\n", "x", "K=x\nL=1\n"),
        ("K=1\nK=2\n", "3", "K=1\nK=3\n"),
        ("K=a", "a b", "K='a b'"),
        ("K='a\nb'\nL=1\n", "c", "K=c\nL=1\n"),
    ],
)
def test_replace(before: str, value: str, after: str) -> None:
    assert parse(before.encode(), "x.env").replace("K", value).text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "# why\nK=1\n"),
        ("L=2\n", "L=2\n# why\nK=1\n"),
        ("L=2", "L=2\n# why\nK=1\n"),
        ("L=2\r\n", "L=2\r\n# why\r\nK=1\r\n"),
        ("L", "L\n# why\nK=1\n"),
    ],
)
def test_append(before: str, after: str) -> None:
    assert parse(before.encode(), "x.env").append("K", "1", ["why"]).text == after


def test_a_comment_cannot_smuggle_an_entry_in() -> None:
    assert EnvFile("x", "", False, ()).append("K", "1", ["a\nL=2", "", "# b"]).text == "# a\n# L=2\n\n# b\nK=1\n"


@pytest.mark.parametrize("key", ["", "A B", "A=B", "A\n", "A'", "A#"])
def test_a_name_that_compose_rejects_is_not_written(key: str) -> None:
    with pytest.raises(ConfigError):
        EnvFile("x", "", False, ()).append(key, "1")


def test_replacing_what_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no K"):
        parse(b"L=1\n", "x.env").replace("K", "1")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (f"A=1\nB C={CANARY}\n", "x.env:2:2"),
        (f"A=1\n\n  B@{CANARY}=1\n", "x.env:3:4"),
        (f"A=1\nB='{CANARY}\nC=2\n", "x.env:2:3"),
        (f"A='\n\n'\nK={CANARY}${{{CANARY}\n", "x.env:4:3"),
        (f"A=1\nK=${{{CANARY}:?{CANARY}}}\n", "x.env:2:3"),
        (f"K='x'{CANARY}'\n", "x.env:1:17"),
        (f"L=2\n={CANARY}\n", "x.env:2:1"),
        (f"L=2\n{CANARY}", "x.env:2:1"),
        (f"K={CANARY}\x00\n", "x.env:1:3"),
        (f"K=1\n\ufeff{CANARY}=2\n", "x.env:2:1"),
        (f"export {CANARY} {CANARY}\n", "x.env:1:19"),
    ],
)
def test_an_error_has_a_place_and_never_a_value(data: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(data.encode(), "x.env").resolve({})
    assert caught.value.message.startswith(place + ": ")
    assert CANARY not in caught.value.message + caught.value.hint


def test_no_value_is_in_a_repr() -> None:
    read = parse(f"K={CANARY}\nL='{CANARY}'\n".encode(), "x.env")
    assert CANARY not in repr(read)


def test_an_entry_knows_where_it_stands() -> None:
    read = parse(b"# c\nA='x\ny' B=2\n\n  K = \"v\" # n\n", "x.env")
    assert [(e.key, e.quote, str(e.place), str(e.value_place)) for e in read.entries] == [
        ("A", "single", "x.env:2:1", "x.env:2:3"),
        ("B", "none", "x.env:3:4", "x.env:3:6"),
        ("K", "double", "x.env:5:3", "x.env:5:7"),
    ]


def test_the_shell_comes_before_earlier_files_and_these_before_earlier_lines() -> None:
    read = parse(b"A=line\nB=line\nC=line\nK=$A,$B,$C\n", "x.env")
    shell, earlier = {"A": "shell"}, {"A": "file", "B": "file"}
    assert read.resolve(shell, earlier)["K"] == "shell,file,line"
    assert read.resolve(shell, earlier, as_env_file=True)["K"] == "file,file,line"


def test_a_value_that_grows_without_bounds_is_refused() -> None:
    lines = [f"A0={'x' * 1000}", *(f"A{n + 1}=$A{n}$A{n}" for n in range(40))]
    with pytest.raises(ConfigError, match="grows without bounds"):
        values("\n".join(lines) + "\n")
