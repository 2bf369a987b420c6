"""MongoDB: what the app sees of it, and, with the local image, what it says of itself."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

LOCAL = "Empty with the official image, which has no metrics page."
RATE = "[$__rate_interval]"

BOARD = Board(
    "core-mongodb",
    "MongoDB",
    "The first row works with every image. The rest needs the local one: the official image has no metrics page, and"
    " its exporter takes its password by environment alone, where `docker inspect` shows it.",
    (
        Panel(
            "Calls per second, from the app",
            "What the app asks, by operation.",
            "ops",
            (
                Query(
                    f'sum by (operation) (rate(store_call_duration_seconds_count{{system="mongodb"}}{RATE}))',
                    "{{operation}}",
                ),
            ),
        ),
        Panel(
            "Time of a call, from the app",
            "Half and 95 % of the calls are answered within this time.",
            "s",
            tuple(
                Query(
                    f"histogram_quantile({share}, sum by (le)"
                    f' (rate(store_call_duration_seconds_bucket{{system="mongodb"}}{RATE})))',
                    legend,
                )
                for share, legend in ((0.5, "p50"), (0.95, "p95"))
            ),
        ),
        Panel(
            "Failed calls, from the app",
            "Calls that failed or were not answered in time. Empty while no call has ever failed.",
            "ops",
            (
                Query(
                    f'sum by (operation) (rate(store_call_errors_total{{system="mongodb"}}{RATE}))',
                    "{{operation}}",
                ),
            ),
            empty="no call has failed",
        ),
        Panel(
            "Commands per second",
            f"Commands as the server counts them. {LOCAL}",
            "ops",
            (Query(f"sum by (command) (rate(ferretdb_client_requests_total{RATE}))", "{{command}}"),),
        ),
        Panel(
            "Answers that are errors",
            f"By command and error; clients ask for what this server does not know, too. {LOCAL}",
            "ops",
            (
                Query(
                    f'sum by (command, result) (rate(ferretdb_client_responses_total{{result!="ok"}}{RATE}))',
                    "{{command}} {{result}}",
                ),
            ),
            empty="no errors",
        ),
        Panel(
            "New connections per second",
            f"Connections that were accepted. {LOCAL}",
            "ops",
            (Query(f"sum(rate(ferretdb_client_accepts_total{RATE}))", "accepted"),),
        ),
        Panel(
            "Connections to the store in use",
            f"Share of the connections to SQLite, by database. {LOCAL}",
            "percentunit",
            (Query("ferretdb_sqldb_in_use / ferretdb_sqldb_open_max", "{{db}}"),),
            limits=((0.8, "warn"), (0.95, "bad")),
        ),
        Panel(
            "Memory",
            f"Resident memory of the server. {LOCAL}",
            "bytes",
            (Query('process_resident_memory_bytes{job="mongodb"}', "resident"),),
        ),
        Panel(
            "Collections",
            f"Collections by database. {LOCAL}",
            "short",
            (Query("ferretdb_sqlite_metadata_collections", "{{db}}"),),
        ),
    ),
)
