"""Forty-seven kinds of env file and what Compose (2.26.1, compose-go dotenv 2.4.8) makes of each, as observed.

The unit test holds our reader to this table; the engine test holds the table to the Compose that is installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Values = dict[str, str]
NBSP = "\u00a0"
PLAIN = {"K": "val"}


@dataclass(frozen=True)
class Case:
    """An input; what it gives as a service's `env_file` and as `.env` (None: rejected); the shell's variables."""

    name: str
    data: bytes
    env_file: Values | None
    dotenv: Values | None
    shell: Values = field(default_factory=dict)


def case(name: str, text: str | bytes, values: Values | None) -> Case:
    data = text if isinstance(text, bytes) else text.encode()
    return Case(name, data, values, values)


def rejected(name: str, text: str | bytes) -> Case:
    return case(name, text, None)


CASES = (
    case("01-hash-in-value", "K=val#x\n", {"K": "val#x"}),
    case("01-comment", "K=val # n\n", PLAIN),
    case("02-tab-hash", "K=val\t# n\n", {"K": "val\t# n"}),
    case("03-comment-is-value", "K= # n\n", {"K": "# n"}),
    case("04-blanks", "K = v w \n", {"K": "v w"}),
    case("05-text-after-quote", 'K="a"b\nL=1\n', {"K": "a", "L": "1"}),
    case("06-statement-after-quote", 'K="a" L=2\n', {"K": "a", "L": "2"}),
    rejected("07-quote-after-quote", "K='a''b'\n"),
    case("08-escaped-single-quote", "K='it\\'s'\n", {"K": "it's"}),
    case("09-two-backslashes-single", "K='a\\\\b'\n", {"K": "a\\\\b"}),
    rejected("10-backslash-before-end", "K='C:\\d\\'\nL=1\n"),
    case("11-backslash-pair-before-end", 'K="C:\\d\\\\"\n', {"K": "C:\\d\\"}),
    case("12-escapes", 'K="\\u00e9\\x41\\0101\\101"\n', {"K": "\\u00e9\\x41A\\101"}),
    case("13-bad-octal", 'K="\\08"\n', {"K": "\\8"}),
    case("13-octal-dollar", 'A=9\nK="\\0044A"\n', {"A": "9", "K": "9"}),
    case("14-newline-escape-none", "K=a\\nb\n", {"K": "a\\nb"}),
    case("14-newline-escape-double", 'K="a\\nb"\n', {"K": "a\nb"}),
    case("14-newline-escape-single", "K='a\\nb'\n", {"K": "a\\nb"}),
    case("15-unset-none", "K=a$b\n", {"K": "a"}),
    case("15-unset-double", 'K="a$b"\n', {"K": "a"}),
    case("16-dollar-single", "K='a$b'\n", {"K": "a$b"}),
    case("17-two-dollars", "K=a$$b\n", {"K": "a$b"}),
    case("17-four-dollars", 'K="$$$$"\n', {"K": "$$"}),
    case("18-backslash-dollar-none", "K=a\\$b\n", {"K": "a\\"}),
    case("19-backslash-dollar-double", 'K="a\\$b"\n', {"K": "a$b"}),
    case("19-backslash-dollar-brace", 'K="\\${X}"\n', {"K": "${X}"}),
    case("20-bcrypt", "K=$2y$10$abcdefgh\n", {"K": "$2y$10"}),
    case("21-lone-dollar", "K=abc$\n", {"K": "abc$"}),
    case("21-dollar-paren", "K=$(id)\n", {"K": "$(id)"}),
    case("21-dollar-digit", "K=a$1b\n", {"K": "a$1b"}),
    rejected("22-open-brace", "K=a${b\n"),
    rejected("22-digit-name", "K=${1x}\n"),
    rejected("22-empty-name", "K=${}\n"),
    rejected("22-blanks-in-braces", "K=${ B }\n"),
    rejected("23-default-over-lines", 'K="${U:-a\nb}"\n'),
    rejected("24-comment-in-default", "A=${B:-x y # z}\n"),
    rejected("25-required", "K=${U:?boom}\n"),
    rejected("26-required-in-unused-default", "E=1\nK=${E:-${U:?boom}}\n"),
    case("27-empty-and-default", "E=\nK=${E:-d}\nL=${E-d}\n", {"E": "", "K": "d", "L": ""}),
    case("28-no-forward-reference", "K=${A}2\nA=1\n", {"K": "2", "A": "1"}),
    case("28-own-name", "K=1\nK=${K}2\n", {"K": "12"}),
    Case("29-shell", b"X=file\nK=$X\n", {"X": "file", "K": "sh"}, {"X": "sh", "K": "sh"}, {"X": "sh"}),
    case("30-bare-key", "K\nL=1\n", {"L": "1"}),
    case("30-export-bare-key", "export K\nL=1\n", {"L": "1"}),
    Case("30-bare-key-in-shell", b"K\nL=1\n", {"K": "sh", "L": "1"}, {"K": "sh", "L": "1"}, {"K": "sh"}),
    Case("31-bare-key-at-end", b"L=1\nK", {"L": "1", "": "K"}, None),
    Case("32-no-name", b"=1\nL=1\n", {"": "1", "L": "1"}, None),
    rejected("33-space-in-name", "A B=1\n"),
    rejected("33-words", "some words\n"),
    rejected("34-at-sign", "A@B=1\n"),
    rejected("34-quoted-name", '"K"=1\n'),
    rejected("34-heredoc", "K<<EOF\n"),
    case("35-colon", "K: v\nL:w\n", {"K": "v", "L": "w"}),
    case(
        "36-names",
        "A-B=1\nA.B=2\nA[0]=3\n1K=4\nКлюч=5\n",
        {"A-B": "1", "A.B": "2", "A[0]": "3", "1K": "4", "Ключ": "5"},
    ),
    case("37-crlf", 'K=a\r\nL="b"\r\nN=\r\n', {"K": "a", "L": "b", "N": ""}),
    case("37-crlf-in-quotes", 'K="a\r\nb"\n', {"K": "a\r\nb"}),
    case("38-lone-cr", "K=a\rL=b\r", {"K": "a\rL=b"}),
    case("39-bom", "\ufeffK=1\n", {"K": "1"}),
    rejected("39-bom-later", "\n\ufeffK=1\n"),
    rejected("39-utf-16", "K=1\n".encode("utf-16")),
    rejected("40-triple-quotes", 'K="""a\nb"""\n'),
    case("40-backtick", "K=`a # b`\n", {"K": "`a"}),
    case("41-latin-1", b"K=caf\xe9\n", {"K": "caf\udce9"}),
    Case("42-nul", b"K=a\x00b\n", {"K": "a\x00b"}, None),
    case("43-no-break-space", f"K={NBSP}v{NBSP}\n", {"K": "v"}),
    case("44-lines-in-quotes", 'K="-----BEGIN\nabc\n-----END"\n', {"K": "-----BEGIN\nabc\n-----END"}),
    case("44-hash-line-in-quotes", 'K="a\n# x\nb"\n', {"K": "a\n# x\nb"}),
    case("45-no-continuation", "K=a\\\nb\n", {"K": "a\\"}),
    case("45-no-continuation-in-quotes", 'K="a\\\nb"\n', {"K": "a\\\nb"}),
    rejected("46-open-quote", 'K="abc\nL=1\n'),
    case("47-json", 'K={"a":"b"}\n', {"K": '{"a":"b"}'}),
    case("47-apostrophe", "K=don't\n", {"K": "don't"}),
    case("47-quotes-inside", 'K=a"b c"d\n', {"K": 'a"b c"d'}),
)
