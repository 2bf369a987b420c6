"""`python -m scripts.picture FILE.svg stackctl verify`: runs a command on a terminal and draws what it shows."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 110


def shown(words: list[str]) -> str:
    """Give what a command writes on a terminal."""
    said = bytearray()

    def read(terminal: int) -> bytes:
        data = os.read(terminal, 65536)
        said.extend(data)
        return data

    os.environ["COLUMNS"] = str(COLUMNS)
    pty.spawn(["sh", "-c", f'stty cols {COLUMNS} rows 60; exec "$@" 2>&1', "sh", *words], read)
    return said.decode("utf-8", "replace").replace("\r\n", "\n")


def main(path: Path, words: list[str]) -> None:
    """Draw a command's output as SVG."""
    text = shown(words)
    # Progress is drawn over itself on a terminal: what stays is the result, from its head on.
    lines = text.rstrip("\n").split("\n")
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ {' '.join(words)}", style="bold"))
    console.print(Text.from_ansi("\n".join(lines)))
    svg = console.export_svg(title=" ".join(words), font_aspect_ratio=0.61)
    # rich names a font to be fetched from elsewhere; a picture in a repository fetches nothing.
    svg = re.sub(r"@font-face \{.*?\n\s*\}\n", "", svg, flags=re.DOTALL)
    path.write_text(re.sub(r"<!--.*?-->", "", svg), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
