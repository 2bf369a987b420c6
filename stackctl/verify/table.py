"""Every check, hop by hop: each stands on those that it names. docs/reference/verify.md has the same table."""

from __future__ import annotations

from stackctl.verify import data, grafana, links, panels, prometheus, services, traces, upkeep
from stackctl.verify.check import Check

_UP = ("services.running", "network.names", "network.inside", "network.outside")
_METRICS = (*_UP, "metrics.prometheus", "metrics.storage")
_SCRAPED = (*_METRICS, "metrics.targets", "metrics.exporters", "metrics.fresh")
_APP = (*_UP, "data.request")
_TRACED = (*_APP, "traces.jaeger", "traces.sampled", "traces.spans")

CHECKS: tuple[Check, ...] = (
    Check("services.running", "every service runs and is healthy", services.running),
    Check("network.names", "names resolve inside every network", services.names, _UP[:1]),
    Check("network.inside", "services answer inside their network", services.inside, _UP[:2]),
    Check("network.outside", "services answer this machine", services.outside, _UP[:3]),
    Check("network.clock", "containers and this machine have the same time", services.clock, _UP),
    Check("data.request", "the app takes an item and gives it back", data.requests, _UP),
    Check("data.store", "the item is in MongoDB", data.store, _APP),
    Check("data.cache", "a copy of it is in Redis", data.cache, _APP),
    Check("data.removed", "it is removed again", data.removed, _APP),
    Check("metrics.prometheus", "Prometheus answers", prometheus.answers, _UP),
    Check("metrics.storage", "Prometheus stores what it reads", prometheus.stores, _METRICS[:-1]),
    Check("metrics.targets", "every target is there and up", prometheus.targets, _METRICS),
    Check("metrics.exporters", "exporters reach what they report on", prometheus.exporters, _SCRAPED[:-2]),
    Check("metrics.fresh", "every key figure is there and fresh", prometheus.fresh, _SCRAPED[:-1]),
    Check("metrics.rules", "every rule can be evaluated", prometheus.rules, _METRICS),
    Check("traces.jaeger", "Jaeger takes a span and gives it back", traces.storing, _UP),
    Check("traces.sampled", "the app keeps the trace of a request", traces.sampled, _APP),
    Check("traces.spans", "its spans arrive in Jaeger", traces.exported, _TRACED[:-1]),
    Check("traces.parents", "the spans hang where they belong", traces.linked, _TRACED),
    Check("traces.logged", "the trace's id is in the log", traces.logged, (*_APP, "traces.sampled")),
    Check("grafana.health", "Grafana and its database answer", grafana.health, _UP),
    Check("grafana.login", "Grafana takes the stored password", grafana.lets_in, (*_UP, "grafana.health")),
    Check(
        "grafana.sources",
        "data sources answer through Grafana",
        grafana.sources,
        (*_UP, "metrics.prometheus", "grafana.health", "grafana.login"),
    ),
    Check(
        "grafana.dashboards",
        "every dashboard file is loaded",
        grafana.dashboards,
        (*_UP, "grafana.health", "grafana.login"),
    ),
    Check(
        "grafana.panels",
        "every panel shows something",
        panels.panels,
        (*_SCRAPED, *_TRACED, "grafana.health", "grafana.login", "grafana.sources", "grafana.dashboards"),
    ),
    Check(
        "links.exemplar",
        "a dot on a graph opens its trace",
        links.exemplar,
        (*_SCRAPED, *_TRACED, "grafana.health", "grafana.login", "grafana.sources"),
    ),
    Check(
        "links.log",
        "the trace is found in the log",
        links.log,
        (*_SCRAPED, *_TRACED, "traces.logged", "links.exemplar"),
    ),
    Check("upkeep.backup", "the last good backup is young enough", upkeep.backup),
    Check("upkeep.secrets", "secrets are young enough", upkeep.secrets),
    Check("upkeep.certificates", "certificates are valid long enough", upkeep.certificates),
)
