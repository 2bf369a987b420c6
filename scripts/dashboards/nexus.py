"""Nexus: its services, what its agents cost, and how they perform."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

SERVICES = 'job!="prometheus"'
AGENTS = 'job="agents"'

OVERVIEW = Board(
    "nexus-overview",
    "Nexus Overview",
    "Service health and request rates.",
    (
        Panel(
            "Services",
            "What Prometheus reads, and whether it answers.",
            "short",
            (Query(f"up{{{SERVICES}}}", "{{instance}}"),),
            kind="stat",
            width=24,
            height=5,
            words=(("0", "down", "bad"), ("1", "up", "good")),
        ),
        Panel(
            "Requests per second",
            "Answers by service, probes included.",
            "reqps",
            (Query(f"sum by (instance) (rate(http_requests_total{{{SERVICES}}}[$__rate_interval]))", "{{instance}}"),),
            width=12,
        ),
        Panel(
            "Memory",
            "Resident memory by service; the limit is 512 MiB each.",
            "bytes",
            (Query(f"process_resident_memory_bytes{{{SERVICES}}}", "{{instance}}"),),
            width=12,
        ),
    ),
    tags=("nexus",),
)
LLM = Board(
    "nexus-llm",
    "LLM Economics",
    "Token usage and costs.",
    (
        Panel(
            "Tokens per second",
            "Tokens by agent. Empty while no agent has asked a model.",
            "short",
            (Query("sum by (instance) (rate(nexus_llm_tokens_total[$__rate_interval]))", "{{instance}}"),),
            width=12,
        ),
        Panel(
            "Cost per hour",
            "Dollars by agent. Empty while no agent has asked a model.",
            "currencyUSD",
            (Query("sum by (instance) (increase(nexus_llm_cost_dollars_total[1h]))", "{{instance}}"),),
            width=12,
        ),
    ),
    tags=("nexus",),
)
BUCKETS = f"sum by (le, instance) (rate(http_request_duration_seconds_bucket{{{AGENTS}}}[$__rate_interval]))"
PERFORMANCE = Board(
    "nexus-agents",
    "Agent Performance",
    "Latency and error rates.",
    (
        Panel(
            "Time to answer",
            "95 % of an agent's requests are answered within this time.",
            "s",
            (Query(f"histogram_quantile(0.95, {BUCKETS})", "{{instance}}"),),
            width=12,
        ),
        Panel(
            "Errors per second",
            "Answers with a status of 500 or more. Empty while no agent has failed.",
            "reqps",
            (
                Query(
                    f'sum by (instance) (rate(http_requests_total{{status=~"5..",{AGENTS}}}[$__rate_interval]))',
                    "{{instance}}",
                ),
            ),
            width=12,
        ),
    ),
    tags=("nexus",),
)
BOARDS = (OVERVIEW, LLM, PERFORMANCE)
