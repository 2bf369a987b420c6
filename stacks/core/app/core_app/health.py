"""`python -m core_app.health`: the container's health command. Exit 0 when /ready says so, 1 otherwise.

Standard library only, and nothing of this package: the image needs no curl and the probe starts in milliseconds.
What it prints is kept by the engine and shown by `docker inspect`, so it prints the app's own answer.
"""

import http.client
import os
import sys

SECONDS = 4


def ask(port: int) -> tuple[bool, str]:
    """Whether the app on this port of this container is ready, and what it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        text = answer.read(4096).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer on port {port}: {str(error) or type(error).__name__}"
    finally:
        connection.close()
    return answer.status == http.client.OK, text


if __name__ == "__main__":
    ok, said = ask(int(os.environ.get("LISTEN_PORT") or 8080))
    sys.stdout.write(f"{said}\n")
    sys.exit(0 if ok else 1)
