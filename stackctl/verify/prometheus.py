"""Prometheus: it answers, it stores, it reads what it should, its figures are fresh, its rules work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.services.registry import driver_for
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.logs import last_lines
from stackctl.verify.prometheus_api import base, needs, positioned, query
from stackctl.verify.scrapes import FOR_FIGURES, NOT_READ, interval, scraped, targets_of

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.services.base import Metrics
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

STALE_SECONDS = 30.0
# Prometheus takes up targets of a new configuration every 5 s, and reads each within its interval.
SETTLE_SECONDS = 12.0
_WRITES_FAILED = re.compile(r"^prometheus_tsdb_wal_writes_failed_total (\S+)", re.MULTILINE)


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
    if first and (age > STALE_SECONDS / 2 or site.until(lambda: writes_failed() > first, SETTLE_SECONDS)):
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

    def waiting(found: list[dict[str, Any]]) -> bool:
        there = {item["labels"].get("job") for item in found}
        unproved = any(
            item["health"] == "unknown"
            or (item["health"] == "down" and (item.get("lastScrape") or "") == down.get(item["scrapeUrl"]))
            for item in found
            if interval(item) < SETTLE_SECONDS
        )
        # A job of the configuration finds its targets a while after it was read; any other never will.
        return unproved or any(job not in there and _configured(site, job) for job in wanted)

    # After a start a target is `unknown` until its first scrape, and may be down from one that came before its service
    # listened: what a first look calls down is believed after the next scrape.
    down = {item["scrapeUrl"]: item.get("lastScrape") for item in targets_of(site) if item["health"] == "down"}
    site.until(lambda: not waiting(targets_of(site)), SETTLE_SECONDS)
    found = targets_of(site)
    problems = [
        f"job {item['labels'].get('job')} cannot read {item['scrapeUrl']}: {item.get('lastError') or item['health']}"
        for item in found
        if item["health"] not in ("up", "unknown") or (item["health"] == "unknown" and interval(item) < SETTLE_SECONDS)
    ]
    there = {item["labels"].get("job") for item in found}
    problems += [f"no job {job} reads {service}" for job, service in wanted.items() if job not in there]
    if problems:
        return failed(problems, "correct the target in prometheus.yml, then: stackctl up")
    unread = sum(item["health"] == "unknown" for item in found)
    later = f", {unread} not read yet" if unread else ""
    count = len(found) - unread
    return (
        ok(f"{count} target{'s are' if count != 1 else ' is'} up{later}")
        if found
        else skipped("Prometheus has no targets")
    )


@needs
def exporters(site: Site) -> Found:
    """An exporter that answers may still not reach what it reports on."""
    told = [(item.service, metrics) for item in site.running if (metrics := _metrics(item)).up]
    if not told:
        return skipped("there is no exporter that stackctl knows")

    def problems() -> list[str]:
        found = []
        for service, metrics in told:
            rows = query(site, metrics.up)
            if not rows:
                found.append(f"{service} gives no {metrics.up}")
            elif any(row["value"][1] != "1" for row in rows):
                found.append(f"{service}: {metrics.up} is 0: {metrics.why_down}")
        return found

    # A 0 of before its service was up again is nothing that is wrong now.
    enough = scraped(site, FOR_FIGURES)
    site.until(lambda: not problems() or enough())
    wrong = problems()
    if wrong and not enough():
        return skipped(NOT_READ)
    if wrong:
        return failed(wrong, "stackctl up --force-recreate redis redis-exporter gives both the same password")
    return ok(f"{len(told)} exporters reach their service")


@needs
def fresh(site: Site) -> Found:
    """The figures are new: a target may be up and its samples thrown away."""

    def old() -> list[str]:
        every = {item["labels"].get("job"): interval(item) for item in targets_of(site)}
        ages = [(row["metric"].get("job"), float(row["value"][1])) for row in query(site, "time() - timestamp(up)")]
        return [
            f"the last figures of {job} are {age:.0f} s old"
            for job, age in ages
            if age > max(STALE_SECONDS, 3 * every.get(job, 0.0))
        ]

    def lacking() -> list[str]:
        names = [
            (item.service, name)
            for item in site.running
            for name in _metrics(item).key
            if set(site.jobs) & set(item.labels.get("stackctl.scrape", "").split())
        ]
        if not names:
            return []
        pattern = "|".join(name for _service, name in names)
        # Not `{…}` alone: for five minutes that gives the last sample of what is thrown away since.
        every = max([interval(item) for item in targets_of(site)], default=0.0)
        newer = f'last_over_time({{__name__=~"{pattern}"}}[{max(STALE_SECONDS, 3 * every):.0f}s])'
        there = {row["metric"]["__name__"] for row in query(site, f"count by (__name__) ({newer})")}
        return [f"{service} gives no {name}" for service, name in names if name not in there]

    if not site.until(lambda: query(site, "up"), SETTLE_SECONDS):
        return skipped("nothing is read yet")
    enough = scraped(site, FOR_FIGURES)
    site.until(lambda: not lacking() or enough())
    problems = [*old(), *(missing := lacking())]
    if missing and len(missing) == len(problems) and not enough():
        return skipped(NOT_READ)
    if problems:
        return failed(problems, "see: stackctl logs prometheus")
    return ok("the figures are fresh")


@needs
def rules(site: Site) -> Found:
    """Every rule can be evaluated; Prometheus names the position in one that cannot."""
    groups = site.json(f"{base(site)}/api/v1/rules")["data"]["groups"]
    found = [(group["file"], rule) for group in groups for rule in group["rules"]]
    problems = [
        f"rule {rule['name']} ({file}) fails: {positioned(str(rule.get('lastError') or rule.get('health')))}"
        for file, rule in found
        if rule.get("health") == "err"
    ]
    reloaded = query(site, "prometheus_config_last_reload_successful")
    if any(row["value"][1] == "0" for row in reloaded):
        problems.append("Prometheus rejected its last configuration and runs with the one before")
    if problems:
        return failed(problems, "correct the rule, then: stackctl up; promtool check rules shows the place")
    return ok(f"{len(found)} rules work") if found else skipped("Prometheus has no rules")


def _configured(site: Site, job: str) -> bool:
    text = str(site.json(f"{base(site)}/api/v1/status/config")["data"]["yaml"])
    return re.search(rf"^\s*- job_name: [\"']?{re.escape(job)}[\"']?\s*$", text, re.MULTILINE) is not None


def _metrics(item: Container) -> Metrics:
    return driver_for(item.image, item.labels).metrics
