"""Jaeger's store in Badger, copied while it is stopped: it locks its folder, and Jaeger has no way to copy it."""

from __future__ import annotations

import json

from stackctl.services.saving.base import Helper, Subject, Trial
from stackctl.services.saving.http import answering, asking
from stackctl.services.saving.volume import READ, VolumeSaver

# Where in the store the keys and the values lie is the configuration's choice; what is in the folders tells it.
_LOOK = """
import json, os
found = {}
for folder, _names, files in os.walk("/store"):
    here = os.path.relpath(folder, "/store")
    if "MANIFEST" in files:
        found["keys"] = here
    if any(name.endswith(".vlog") for name in files):
        found["values"] = here
print(json.dumps(found))
"""
_SAYS = """
print(json.dumps({"services": len(get("http://127.0.0.1:16686/api/services")["data"] or [])}))
"""


class JaegerSaver(VolumeSaver):
    """The files of Badger, while nobody writes to them."""

    kind = "jaeger"
    stop = True

    def look(self, subject: Subject) -> Helper:
        """See Saver.look."""
        return Helper(_LOOK, program="python3", store="ro", capabilities=READ)

    def trial(self, subject: Subject, image: str) -> Trial | None:
        """See Saver.trial: it opens the store and lists the services in it.

        How many is not compared: nobody can be asked while it is stopped, and what is too old goes at any time.
        """
        if not {"keys", "values"} <= set(subject.state):
            return None
        keys, values = (f"{subject.target.rstrip('/')}/{subject.state[name]}" for name in ("keys", "values"))
        asked = answering("http://127.0.0.1:16686/api/services"), asking(_SAYS)
        if "all-in-one" in image:  # version 1
            store = {"BADGER_EPHEMERAL": "false", "BADGER_DIRECTORY_KEY": keys, "BADGER_DIRECTORY_VALUE": values}
            return Trial(*asked, variables={"SPAN_STORAGE_TYPE": "badger", **store}, root=True)
        return Trial(*asked, ("--config=env:TRIAL_CONFIG",), {"TRIAL_CONFIG": _config(keys, values)}, root=True)


def _config(keys: str, values: str) -> str:
    """Give the configuration of a Jaeger 2 that shows what is in a store and takes nothing in but on its loopback."""
    badger = {"directories": {"keys": keys, "values": values}, "ephemeral": False}
    storage = {"backends": {"traces": {"badger": badger}}}
    query = {"storage": {"traces": "traces"}, "http": {"endpoint": "127.0.0.1:16686"}}
    pipeline = {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}
    return json.dumps(
        {
            "extensions": {"jaeger_storage": storage, "jaeger_query": query},
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": "127.0.0.1:4317"}}}},
            "exporters": {"jaeger_storage_exporter": {"trace_storage": "traces"}},
            "service": {
                "extensions": ["jaeger_storage", "jaeger_query"],
                "pipelines": {"traces": pipeline},
                "telemetry": {"metrics": {"level": "none"}},
            },
        }
    )
