"""Benchmarks: ratios against docker compose and a bare Python, measured side by side in one run."""
