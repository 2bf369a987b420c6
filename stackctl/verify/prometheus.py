"""Prometheus: it answers, it stores, it reads what it should, its figures are fresh, its rules work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stackctl.engine.net import HttpRequest
from stackctl.services.registry import driver_for
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.logs import last_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

PORT = 9090
ABSENT = "there is no Prometheus here: set COMPOSE_PROFILES=observability where the stack has it"
UNREACHED = "this machine does not reach Prometheus: publish its port 9090"
STALE_SECONDS = 30.0
_WRITES_FAILED = re.compile(r"^prometheus_tsdb_wal_writes_failed_total (\S+)", re.MULTILINE)
_POSITION = re.compile(r"(\d+):(\d+): parse error: (.+)")


def base(site: Site) -> str:
    """Give Prometheus' address; empty where there is none or it cannot be reached."""
    item = site.kind("prometheus")
    return site.base(item, PORT) if item else ""


def needs(check: Callable[[Site], Found]) -> Callable[[Site], Found]:
    """Skip a check, with the reason, where no Prometheus can be asked."""

    def run(site: Site) -> Found:
        if site.kind("prometheus") is None:
            return skipped(ABSENT)
        return check(site) if base(site) else skipped(UNREACHED)

    return run


def query(site: Site, expr: str) -> list[dict[str, Any]]:
    """Give the samples of an instant query, at Prometheus' own time. Raises OSError."""
    said = site.json(f"{base(site)}/api/v1/query?query={quote(expr)}")
    return list(said["data"]["result"])


def now(site: Site) -> float:
    """Give Prometheus' own time, in seconds: this machine's may differ. Raises OSError."""
    return float(site.json(f"{base(site)}/api/v1/query?query=time()")["data"]["result"][1])


@needs
def answers(site: Site) -> Found:
    """Its API answers."""
    version = site.json(f"{base(site)}/api/v1/status/buildinfo")["data"]["version"]
    return ok(f"Prometheus {version} answers")


@needs
def stores(site: Site) -> Found:
    """What it reads reaches its disk: its own page is asked, for what it cannot store it cannot be asked about."""

    def writes_failed() -> float:
        page = site.ask(HttpRequest(f"{base(site)}/metrics", most=8 << 20)).body.decode("utf-8", "replace")
        found = _WRITES_FAILED.search(page)
        return float(found[1]) if found else 0.0

    first = writes_failed()
    rows = query(site, "time() - max(timestamp(up))")
    age = float(rows[0]["value"][1]) if rows else 0.0
    if first and (age > STALE_SECONDS / 2 or site.until(lambda: writes_failed() > first)):
        item = site.kind("prometheus")
        reasons = [line for line in last_lines(site, item, 200) if "WAL" in line or "no space" in line] if item else []
        why = (
            "no space left on its disk"
            if any("no space" in line for line in reasons)
            else "see: stackctl logs prometheus"
        )
        return failed(f"Prometheus cannot store what it reads: {why}", "free space for its volume, then restart it")
    return ok("samples are stored")


@needs
def targets(site: Site) -> Found:
    """Every target is up, and each service that asks to be read is."""
    wanted = site.jobs

    def look() -> list[dict[str, Any]]:
        return list(site.json(f"{base(site)}/api/v1/targets?state=active")["data"]["activeTargets"])

    def settled() -> list[dict[str, Any]] | None:
        found = look()
        jobs = {item["labels"].get("job") for item in found}
        return found if set(wanted) <= jobs and all(item["health"] == "up" for item in found) else None

    # After a start a target is `unknown` until its first scrape, and may be down from one that came before its service
    # listened: what a first look calls down is believed after the next scrape.
    down = {item["scrapeUrl"]: item.get("lastScrape") for item in look() if item["health"] == "down"}
    found = settled() or site.until(lambda: None if _waiting(look(), wanted, down) else look()) or look()
    problems = [
        f"job {item['labels'].get('job')} cannot read {item['scrapeUrl']}: {item.get('lastError') or item['health']}"
        for item in found
        if item["health"] != "up"
    ]
    there = {item["labels"].get("job") for item in found}
    problems += [f"no job {job} reads {service}" for job, service in wanted.items() if job not in there]
    if problems:
        return failed(problems, "correct the target in prometheus.yml, then: stackctl up")
    return ok(f"{len(found)} targets are up") if found else skipped("Prometheus has no targets")


def _waiting(found: list[dict[str, Any]], wanted: dict[str, str], down: dict[str, str | None]) -> bool:
    jobs = {item["labels"].get("job") for item in found}
    unproved = any(
        item["health"] == "unknown"
        or (item["health"] == "down" and (item.get("lastScrape") or "") == down.get(item["scrapeUrl"]))
        for item in found
    )
    return unproved or not set(wanted) <= jobs


@needs
def exporters(site: Site) -> Found:
    """An exporter that answers may still not reach what it reports on."""
    problems, seen = [], 0
    for item in site.running:
        metrics = driver_for(item.image, item.labels).metrics
        if not metrics.up:
            continue
        seen += 1

        def value(name: str = metrics.up) -> list[dict[str, Any]]:
            return query(site, name)

        rows = site.until(value) or []
        if not rows:
            problems.append(f"{item.service} gives no {metrics.up}")
        elif any(row["value"][1] != "1" for row in rows):
            problems.append(f"{item.service}: {metrics.up} is 0: {metrics.why_down}")
    if problems:
        return failed(problems, "stackctl up --force-recreate redis redis-exporter gives both the same password")
    return ok(f"{seen} exporters reach their service") if seen else skipped("there is no exporter that stackctl knows")


@needs
def fresh(site: Site) -> Found:
    """The figures are new: a target may be up and its samples thrown away."""

    def old() -> list[str]:
        rows = query(site, "time() - timestamp(up)")
        return [
            f"the last figures of {row['metric'].get('job')} are {float(row['value'][1]):.0f} s old"
            for row in rows
            if float(row["value"][1]) > STALE_SECONDS
        ]

    def lacking() -> list[str]:
        names = [
            (item.service, name)
            for item in site.running
            for name in driver_for(item.image, item.labels).metrics.key
            if set(site.jobs) & set(item.labels.get("stackctl.scrape", "").split())
        ]
        if not names:
            return []
        pattern = "|".join(name for _service, name in names)
        there = {row["metric"]["__name__"] for row in query(site, f'count by (__name__) ({{__name__=~"{pattern}"}})')}
        return [f"{service} gives no {name}" for service, name in names if name not in there]

    if not query(site, "up"):
        return skipped("nothing is read yet")
    site.until(lambda: not lacking())
    problems = [*old(), *lacking()]
    if problems:
        return failed(problems, "see: stackctl logs prometheus")
    return ok("the figures are fresh")


@needs
def rules(site: Site) -> Found:
    """Every rule can be evaluated; Prometheus names the position in one that cannot."""
    groups = site.json(f"{base(site)}/api/v1/rules")["data"]["groups"]
    found = [(group["file"], rule) for group in groups for rule in group["rules"]]
    problems = [
        f"rule {rule['name']} ({file}) fails: {_positioned(str(rule.get('lastError') or rule.get('health')))}"
        for file, rule in found
        if rule.get("health") == "err"
    ]
    reloaded = query(site, "prometheus_config_last_reload_successful")
    if any(row["value"][1] == "0" for row in reloaded):
        problems.append("Prometheus rejected its last configuration and runs with the one before")
    if problems:
        return failed(problems, "correct the rule, then: stackctl up; promtool check rules shows the place")
    return ok(f"{len(found)} rules work") if found else skipped("Prometheus has no rules")


def _positioned(error: str) -> str:
    """Give a PromQL error as line, column and words."""
    match = _POSITION.search(error)
    return f"line {match[1]}, column {match[2]}: {match[3]}" if match else error
