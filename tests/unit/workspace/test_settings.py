from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.workspace.settings import written_setting


def written(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number}.yml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def test_the_last_file_that_has_the_key_replaces_it_as_a_whole(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        "x-stackctl: {requires: {memory: 1g}, default: true}\nservices: {}\n",
        "services: {}\n",
        "x-stackctl:\n  default: true\n",
    )
    assert written_setting(files[:2], "requires") == {"memory": "1g"}
    assert written_setting(files, "requires") is None, "Compose drops it too"
    assert written_setting(files, "default") is True


def test_files_without_the_words_are_not_parsed(tmp_path: Path) -> None:
    (broken,) = written(tmp_path, "services: [\n")
    assert written_setting([broken], "requires") is None
    (broken,) = written(tmp_path, "x-stackctl: {requires: [\n")
    with pytest.raises(ConfigError) as caught:
        written_setting([broken], "requires")
    assert caught.value.code == "yaml-invalid"


@pytest.mark.parametrize(
    "text", ["x-stackctl: text # requires\n", "x-stackctl: # requires\n", "a: {x-stackctl: requires}\n"]
)
def test_a_key_that_holds_no_settings_has_none(tmp_path: Path, text: str) -> None:
    assert written_setting(written(tmp_path, text), "requires") is None
