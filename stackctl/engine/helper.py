"""A helper container asks from inside a network what this machine cannot reach. It publishes nothing; it is removed."""

from __future__ import annotations

from collections.abc import Sequence

IMAGE = "stackctl/tools:local"
LABEL = "stackctl.helper"
# It ends by itself after this long, whatever became of us.
SECONDS = 30
# Sends the same bytes again and again and prints what came back. What that means is read here, not there.
_SCRIPT = """
import socket, sys, time
host, port, request = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
end = time.monotonic() + SECONDS
while time.monotonic() < end:
    try:
        with socket.create_connection((host, port), 1) as connection:
            connection.settimeout(1)
            connection.sendall(request)
            print("said", connection.recv(65536).hex(), flush=True)
    except ConnectionError as error:
        print("refused" if isinstance(error, ConnectionRefusedError) else "reset", flush=True)
    except OSError as error:
        print("silent", flush=True)
    time.sleep(0.25)
""".replace("SECONDS", str(SECONDS))


def run_words(purpose: str, words: Sequence[str], entrypoint: str, flags: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the words after `docker` that run a helper: removed at its end, allowed nothing, never pulled."""
    always = ("--rm", "--pull=never", "--label", f"{LABEL}={purpose}", "--read-only", "--cap-drop=ALL")
    return ("run", *always, *flags, "--entrypoint", entrypoint, IMAGE, *words)


def asking_words(network: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Give the words for one that asks in a network; `arguments` are host, port and the request's bytes as hex.

    `--init`: a first process without a handler ignores the signal that ends it.
    """
    flags = ("--init", "--network", network, "--memory", "64m")
    return run_words("probe", ("-c", _SCRIPT, *arguments), "python3", flags)
