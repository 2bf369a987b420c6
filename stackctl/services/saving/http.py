"""What helpers run to ask a server over HTTP from inside its network: `get` gives JSON or text, an error says why."""

from __future__ import annotations

from stackctl.services.saving.base import Helper

_GET = """
import json, sys, urllib.error, urllib.parse, urllib.request

# A proxy of the host would be asked for 127.0.0.1.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def get(url, method="GET", seconds=10, **arguments):
    if arguments:
        url += "?" + urllib.parse.urlencode(arguments)
    try:
        with opener.open(urllib.request.Request(url, method=method), timeout=seconds) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"error: {url} answered {error.code}: {error.read(500).decode(errors='replace').strip()}")
    except OSError as error:
        sys.exit(f"error: {url} does not answer: {error}")
    try:
        return json.loads(text)
    except ValueError:
        return text
"""


def asking(script: str) -> Helper:
    """Give the helper that runs this Python, with `get`, where the server's own loopback is."""
    return Helper(_GET + script, program="python3", network=True)


def answering(url: str) -> Helper:
    """Give the helper that fails until the address answers well."""
    return asking(f'get("{url}")\nprint("{{}}")\n')
