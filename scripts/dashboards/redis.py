"""Redis, as its exporter reads it."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

RATE = "[$__rate_interval]"

BOARD = Board(
    "core-redis",
    "Redis",
    "Memory, commands, clients and what is kept on disk, read by an exporter whose login sees figures and no key.",
    (
        Panel(
            "Redis",
            "Whether the exporter can log in and read.",
            "short",
            (Query("redis_up", "redis"),),
            "stat",
            4,
            7,
            words=(("0", "away", "bad"), ("1", "up", "good")),
        ),
        Panel(
            "Memory used",
            "Share of the memory that it may use. A cache may be full: the entries used least recently go then.",
            "percentunit",
            (Query("redis_memory_used_bytes / (redis_memory_max_bytes > 0)", "used"),),
            width=10,
            limits=((0.9, "warn"),),
        ),
        Panel(
            "Memory",
            "What Redis uses, what it may use, and what the system gave it.",
            "bytes",
            (
                Query("redis_memory_used_bytes", "used"),
                Query("redis_memory_max_bytes > 0", "limit"),
                Query("redis_memory_used_rss_bytes", "resident"),
            ),
            width=10,
        ),
        Panel(
            "Commands per second",
            "By command.",
            "ops",
            (Query(f"sum by (cmd) (rate(redis_commands_total{RATE}))", "{{cmd}}"),),
        ),
        Panel(
            "Mean time of a command",
            "By command, without the network.",
            "s",
            (
                Query(
                    f"sum by (cmd) (rate(redis_commands_duration_seconds_total{RATE}))"
                    f" / (sum by (cmd) (rate(redis_commands_total{RATE})) > 0)",
                    "{{cmd}}",
                ),
            ),
        ),
        Panel(
            "Key hit ratio",
            "Share of look-ups that found a key, since the server started.",
            "percentunit",
            (
                Query(
                    "redis_keyspace_hits_total / ((redis_keyspace_hits_total + redis_keyspace_misses_total) > 0)",
                    "hits",
                ),
            ),
        ),
        Panel("Clients", "Connected clients.", "short", (Query("redis_connected_clients", "clients"),)),
        Panel(
            "Rejected connections",
            "Connections refused because there were too many.",
            "ops",
            (Query(f"rate(redis_rejected_connections_total{RATE})", "rejected"),),
        ),
        Panel(
            "Evicted and expired keys",
            "Keys that went because memory was full, and because their time was over.",
            "ops",
            (
                Query(f"rate(redis_evicted_keys_total{RATE})", "evicted"),
                Query(f"rate(redis_expired_keys_total{RATE})", "expired"),
            ),
        ),
        Panel("Keys", "Keys by database.", "short", (Query("redis_db_keys", "{{db}}"),), width=12),
        Panel(
            "Written to disk",
            "1: the last write of the log, and the last snapshot, worked.",
            "short",
            (
                Query("redis_aof_last_write_status", "log"),
                Query("redis_rdb_last_bgsave_status", "snapshot"),
            ),
            "stat",
            12,
            words=(("0", "failed", "bad"), ("1", "ok", "good")),
        ),
    ),
)
