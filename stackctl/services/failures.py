"""What a failure rule of a service is: words in its log, and what they mean. Data, so that services never judge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """A pattern, searched in each line of the log of a service in trouble.

    `cause` and `fix` are templates: `{service}`, `{image}`, and the pattern's named groups. Groups `path` and `line`
    name a file in the container: the verdict gives the host's file for it. A group that ends in a digit is another
    place of the same one (`why2`). `command` is a template of one line to paste.
    """

    pattern: str
    code: str
    cause: str
    fix: str
    command: str = ""
