"""Labels in the text of a Compose file: every line of the author's stays, byte for byte, or the service is named."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stackctl.onboard.labelled import with_labels
from stackctl.onboard.suggest import Suggestion

WEB = Suggestion("web", "stackctl.probe", "80/", "why")
JOB = Suggestion("job", "stackctl.oneshot", "true", "why")


def labels(text: str, service: str) -> object:
    value = yaml.safe_load(re.sub(r"!\w+", "", text))["services"][service]["labels"]
    return {pair.split("=")[0]: pair.split("=")[1] for pair in value} if isinstance(value, list) else value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "networks: {a: {}}",
        "services:\n",
        "services: {}\n",
        "services: {job: {image: x}}\n",
        "services: { web: {image: x} , job: {}}\n",
        "services:\n  # first\n  web:\n    # of web\n    image: x   # here\n",
        "services:\n    web: {image: x}\n\n    # last\n",
        "services:\n  web:\n  job: {}\n",
        "services:\n  web:\n    labels:\n      # mine\n      a: b\n",
        "services:\n  web:\n    labels:\n    - a=b\n",
        "services:\n  web:\n    labels:\n        - 'a=b'  # mine",
        "services:\n  web:\n    labels: [a=b, 'c=d']\n",
        "services:\n  web:\n    labels: {a: b}\n",
        "services:\n  web:\n    labels:\n    image: x\n",
        "services: &all\n  web: &web\n    image: x\n    ports: !reset []\n",
        "x-a: &a {image: x}\nservices:\n  web:\n    <<: [*a]\n",
        "services: # here\n\n\n  web:\n      image: x\nvolumes: {a: }\n",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_label_is_added_and_every_line_stays(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    after, left = with_labels(text, (WEB, JOB))
    assert left == ()
    assert labels(after, "web") == {**(labels_before(text)), "stackctl.probe": "80/"}
    assert labels(after, "job") == {"stackctl.oneshot": "true"}
    assert without(after) == without(text)
    if newline == "\r\n" and newline in text:
        assert after.count("\n") == after.count("\r\n")


def labels_before(text: str) -> dict[str, str]:
    return {key: value for key, value in (("a", "b"), ("c", "d")) if re.search(f"['\\[{{ ]{key}(=|: ){value}", text)}


def without(text: str) -> list[str]:
    """The lines as they were: what the labels have added taken out."""
    service = r'"(?:web|job)": \{labels: \{[^}]*\}\}, |labels: \{"stackctl[^}]*\}, '
    label = r'"stackctl[^",]*?": "[^"]*", |"stackctl[^"]*", '
    added = f"{service}|{label}"
    lines = [re.sub(added, "", line) for line in text.splitlines()]
    block = r'\s*(?:"(?:web|job)":|labels: \{"stackctl.*|(?:- )?"stackctl.*)'
    kept = [line for line in lines if not re.fullmatch(block, line)]
    return [line for line in kept if line.strip() not in ("", "services:")]


@pytest.mark.parametrize(
    "text",
    [
        "x-a: &a {image: x}\nservices: {web: *a}\n",
        "x-a: &a {labels: {a: b}}\nservices:\n  web:\n    <<: *a\n",
        "x-a: &a {labels: {a: b}}\nx-b: &b {<<: [*a]}\nservices:\n  web: {<<: [*b]}\n",
        "services:\n  web: !override\n    image: x\n",
        "services:\n  web: null\n",
        "services: {a: {}, web: }\n",
        "services: {web: {labels: , image: x}}\n",
        "services:\n  web:\n    labels: !reset []\n",
        "x-s: &s {a: b}\nservices:\n  web:\n    labels: *s\n",
        "services: !override\n  web: {image: x}\n",
        "services: 7\n",
        "services: [\n",
        "a: b\n---\nc: d\n",
        "- a\n",
        "{}",
    ],
)
def test_where_there_is_no_sure_place_the_text_stays(text: str) -> None:
    assert with_labels(text, (WEB,)) == (text, ("web",))


@given(st.text(alphabet="ab:{}[]-&*!#'\" \n\t", max_size=60))
def test_any_text_is_either_kept_or_only_added_to(text: str) -> None:
    after, left = with_labels(text, (WEB,))
    assert left == ("web",) if after == text else left == ()
    position = 0
    for character in text:  # a subsequence: nothing of the text is gone
        position = after.index(character, position) + 1
