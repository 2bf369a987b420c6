"""The rules as moby/patternmatcher has them; tests/engine/test_images_room.py compares them with a real build."""

from __future__ import annotations

import pytest

from stackctl.images.dockerignore import Ignore, Verdict, parse


def ignored(ignore: Ignore, path: str) -> bool:
    verdict: Verdict | None = None
    parts = path.split("/")
    for index in range(len(parts)):
        verdict = ignore.check("/".join(parts[: index + 1]), verdict)
    assert verdict is not None
    return verdict.ignored


@pytest.mark.parametrize(
    ("text", "left_out", "kept"),
    [
        ("", [], ["a"]),
        ("a", ["a", "a/b", "a/b/c"], ["b/a", "aa"]),
        ("/a", ["a"], ["b/a"]),
        ("a/", ["a", "a/b"], ["b/a"]),
        ("./a//b/../c", ["a/c"], ["a/b"]),
        ("  a  \n\n# b\n b", ["a", "b"], ["# b"]),
        ("*.pyc", ["x.pyc"], ["d/x.pyc"]),
        ("*/x.pyc", ["d/x.pyc"], ["x.pyc", "d/e/x.pyc"]),
        ("**/*.pyc", ["x.pyc", "d/x.pyc", "d/e/x.pyc"], ["x.py"]),
        ("**/x", ["x", "d/x", "d/e/x", "d/x/y"], ["xx", "d/ax"]),
        ("**x", ["x", "ax", "d/ax"], ["xa"]),
        ("d/**", ["d/x", "d/e/x"], ["d", "dd/x"]),
        ("d/**/x", ["d/x", "d/e/x", "d/e/f/x"], ["x", "d/y"]),
        ("**", ["a", "a/b"], []),
        ("**/", ["a", "a/b"], []),
        ("*", ["a", "a/b", ".git"], []),
        ("a?c", ["abc"], ["a/c", "ac"]),
        ("[ab].txt", ["a.txt", "b.txt"], ["c.txt"]),
        ("[^ab].txt", ["c.txt"], ["a.txt"]),
        ("a.c", ["a.c"], ["abc"]),
        ("a+(b)$", ["a+(b)$"], ["aab"]),
        (r"\*.md", ["*.md"], ["x.md"]),
        (r"a\?", ["a?"], ["ab"]),
        ("*\n!keep", ["x", "keeper"], ["keep", "keep/x/y"]),
        ("*\n!d/keep", ["x", "d", "d/x"], ["d/keep", "d/keep/x"]),
        ("d\n!d/e\nd/e/f", ["d", "d/x", "d/e/f", "d/e/f/g"], ["d/e", "d/e/x"]),
        ("!a\na", ["a"], []),
        ("a\n!a", [], ["a"]),
        ("a\n! a", [], ["a"]),
        ("**/*.md\n!**/README.md", ["d/x.md"], ["d/README.md"]),
        ("foo*\n!foo/x\nfoo", ["foo", "foo/y"], ["foo/x"]),
        ("\ufeffa", ["a"], []),
        ("a\r\nb\r\n", ["a", "b"], ["c"]),
        ("/", [], ["a"]),
    ],
)
def test_rules(text: str, left_out: list[str], kept: list[str]) -> None:
    ignore = parse(text)
    assert [path for path in left_out if not ignored(ignore, path)] == []
    assert [path for path in kept if ignored(ignore, path)] == []


@pytest.mark.parametrize("text", ["!", "a[", "a\\"])
def test_what_docker_rejects_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "folder", "pruned"),
    [
        ("node_modules", "node_modules", True),
        ("*\n!app/", "docs", True),
        ("*\n!app/src", "app", False),
        ("*\n!app/**", "app", False),
        ("*\n!app/**", "docs", True),
        ("*\n!**/*.py", "docs", False),
    ],
)
def test_a_folder_is_not_read_where_nothing_can_come_back(text: str, folder: str, pruned: bool) -> None:
    assert parse(text).prunes(folder) is pruned
