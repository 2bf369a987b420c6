"""The file of those who can open sealed values: one public key per line, committed, readable by `age -R` as well.

# Anna
age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA… ben@laptop
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from stackctl.errors import ConfigError, Misuse
from stackctl.secrets.age import check_recipient

HEAD = """\
# Who can open the sealed values beside this file: one public key per line (age1… or an SSH key). Commit this file.
# After a change: stackctl secrets seal
"""


@dataclass(frozen=True)
class Recipient:
    """A public key, the name that stands with it, and the lines of the file that both take (counted from 1)."""

    key: str
    name: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class RecipientsFile:
    """The file as text and as keys. Immutable: a change gives a new one."""

    text: str
    recipients: tuple[Recipient, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The public keys, each once."""
        return tuple(dict.fromkeys(item.key for item in self.recipients))

    def find(self, word: str) -> list[Recipient]:
        """Give the recipients that a word means: the key, or the name."""
        wanted = word.strip()
        if wanted.startswith(("age1", "ssh-")):
            key = " ".join(wanted.split()[:2]) if wanted.startswith("ssh-") else wanted
            return [item for item in self.recipients if item.key == key]
        return [item for item in self.recipients if item.name.casefold() == wanted.casefold()]

    def add(self, key: str, name: str) -> RecipientsFile:
        """Give the file with one key more. Raises Misuse for what is no public key and a name with a line end."""
        if "\n" in name or "\r" in name:
            raise Misuse("a recipient's name is one line", "give another --name")
        text = self.text or HEAD
        text += "\n" if text.endswith("\n") else "\n\n"
        lines = [f"# {name}", check_recipient(key)] if name else [check_recipient(key)]
        return read_recipients(text + "\n".join(lines) + "\n", "")

    def remove(self, gone: Sequence[Recipient]) -> RecipientsFile:
        """Give the file without these keys and their names."""
        dropped = {line for item in gone for line in item.lines}
        kept = [line for number, line in enumerate(self.text.splitlines(), 1) if number not in dropped]
        return read_recipients("\n".join(kept).rstrip("\n") + "\n", "")

    @property
    def digest(self) -> str:
        """A short public mark of this set of keys: blocks that carry another one were sealed for others."""
        return hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()[:12]


def read_recipients(text: str, source: str) -> RecipientsFile:
    """Read the file. A name is the comment of an SSH key, or the comment line directly above.

    Raises ConfigError, with file:line, for a line that is no public key.
    """
    found = []
    comment = ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            comment = words.lstrip("# ")
            continue
        try:
            key = check_recipient(words)
        except Misuse as error:
            raise ConfigError(f"{source}:{number}: {error.message}", error.hint, code=error.code) from error
        own = " ".join(words.split()[2:]) if words.startswith("ssh-") else ""
        found.append(Recipient(key, comment or own, (number - 1, number) if comment else (number,)))
        comment = ""
    return RecipientsFile(text, tuple(found))
