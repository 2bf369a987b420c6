"""What programs say when they crash for a reason of their own, and what helps against the frequent ones. Data."""

from __future__ import annotations

from dataclasses import dataclass

# The line that gives the reason, the surest kind first; within a kind the last one of a log counts.
REASONS = (
    r"^(?:Caused by: |Unhandled exception\. |Uncaught |PHP Fatal error: +|\S+ \[emerg\] )?"
    r"(?:[\w$]+[.:]{1,2})*(?:[A-Z]\w*)?(?:Error|Exception|Failure|Fault|NotFound|NotImplemented)\b(?: \[\w+\])?:? \S"
    r"|^panic: |^thread '[^']*' panicked|^\*\* \([\w.]+\) |^fatal error: ",
    r"\b(?:FATAL|CRITICAL|PANIC|emerg|FAILED)\b|^(?:\S+ )?(?:[Ff]atal|[Ee]rror|ERROR)\b:? ",
    r"\bERR(?:OR)?\b|\berror\b",
)


@dataclass(frozen=True)
class Remedy:
    """A pattern in that line, the way out (a template of its groups), and a command or the key to edit."""

    pattern: str
    fix: str
    command: str = ""
    keys: tuple[str, ...] = ()


REMEDIES = (
    Remedy(
        r"No module named '?(?P<name>[\w.]+)|Cannot find (?:module|package) '(?P<name2>[^'/.][^']*)'"
        r"|cannot load such file -- (?P<name3>\S+)|ClassNotFoundException: (?P<name4>\S+)",
        "build the image again with {name}; a mount over its folder hides it too",
        keys=("build", "volumes", "image"),
    ),
    Remedy(
        r"Unable to access jarfile (?P<name>\S+)|can't open file '(?P<name2>[^']+)'"
        r"|Cannot find module '(?P<name3>[/.][^']*)'|Could not find or load main class (?P<name4>\S+)",
        "see that {name} is in the image, and that no mount hides it",
        keys=("command", "volumes", "entrypoint"),
    ),
    Remedy(
        r"vm\.max_map_count \[\d+\] (?:is|likely) too low, increase to at least \[(?P<name>\d+)\]",
        "raise it on the machine",
        command="sudo sysctl -w vm.max_map_count={name}",
    ),
    Remedy(
        r"[Tt]oo many open files|\bEMFILE\b",
        "let it open more: ulimits: {{nofile: 65536}}",
        keys=("ulimits",),
    ),
    Remedy(
        r"can't start new thread|[Uu]nable to create (?:new )?native thread|pthread_create failed"
        r"|fork: (?:retry: )?Resource temporarily unavailable",
        "let it start more processes and threads",
        keys=("pids_limit", "ulimits", "deploy"),
    ),
)
