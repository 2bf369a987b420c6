"""A stack of the size and shape that people have: 14 services in five layers, each with a server and a slow probe.

Stores ask every 10 s, apps every 30 s, as the hand-written stacks do that this product began with. Only stores and
their users wait for each other, so the longest chain is five services.
"""

from __future__ import annotations

STORES = ("mongodb", "redis", "qdrant")
SERVER = """
import http.server, os, time
time.sleep(float(os.environ["START_SECONDS"]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""
# Name: what it waits for, and the seconds that it needs before it listens.
SERVICES: dict[str, tuple[tuple[str, ...], float]] = {
    "mongodb": ((), 0.6),
    "redis": ((), 0.1),
    "qdrant": ((), 0.3),
    "jaeger": ((), 0.2),
    "prometheus": ((), 0.3),
    "grafana": (("prometheus",), 0.5),
    "auth": (("mongodb", "redis"), 0.3),
    "core": (("mongodb", "redis", "qdrant"), 0.4),
    "worker": (("core",), 0.2),
    "scheduler": (("core",), 0.2),
    "gateway": (("auth", "core"), 0.2),
    "web": (("gateway",), 0.2),
    "mcp": (("core",), 0.2),
    "docs": ((), 0.1),
}


def nexus(tuned: str = "") -> str:
    """Give the stack as a Compose file; `tuned` is added to every health check."""
    text = "services:\n"
    for name, (needed, seconds) in SERVICES.items():
        interval = "10s" if name in STORES else "30s"
        extra = f", {tuned}" if tuned else ""
        text += f"""  {name}:
    image: stackctl/python:local
    init: true
    command: ["python3", "-c", {_quoted(SERVER)}]
    environment: {{START_SECONDS: "{seconds}"}}
    stop_grace_period: 1s
    healthcheck:
      {{test: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080"], interval: {interval}, timeout: 5s{extra}}}
"""
        if needed:
            waits = ", ".join(f"{other}: {{condition: service_healthy}}" for other in needed)
            text += f"    depends_on: {{{waits}}}\n"
    return text


def _quoted(text: str) -> str:
    import json

    return json.dumps(text)
