"""Grafana: it answers, lets us in, its data sources answer through it, its dashboards are loaded and show something."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.verify.boards import Board, BoardError, board, open_variables, read_board
from stackctl.verify.check import failed, ok, skipped

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.verify.boards import Query
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

PORT = 3000
ABSENT = "there is no Grafana here"
UNREACHED = "this machine does not reach Grafana: publish its port 3000"
MOST_FILES = 200
# A rate needs two scrapes, and the widest window of the dashboards is a minute.
RATES_SECONDS = 60.0
# Kinds of data sources with a health check in Grafana's back end; that of Jaeger is younger than Grafana 10.
PROXIED = {"jaeger": "/api/services"}


def base(site: Site) -> str:
    """Give Grafana's address; empty where there is none or it cannot be reached."""
    item = site.kind("grafana")
    return site.base(item, PORT) if item else ""


def needs(check: Callable[[Site], Found]) -> Callable[[Site], Found]:
    """Skip a check, with the reason, where no Grafana can be asked."""

    def run(site: Site) -> Found:
        if site.kind("grafana") is None:
            return skipped(ABSENT)
        return check(site) if base(site) else skipped(UNREACHED)

    return run


def login(site: Site) -> dict[str, str]:
    """Give the header of its administrator: the container's own settings name the login and the password's file."""
    item = site.kind("grafana")
    return site.once("grafana-login", lambda: _login(item)) if item else {}


@needs
def health(site: Site) -> Found:
    """It answers, and so does its database."""
    said = site.json(f"{base(site)}/api/health")
    if said.get("database") != "ok":
        return failed(f"Grafana's database is not well: {said.get('database')}", "see: stackctl logs grafana")
    return ok(f"Grafana {said.get('version', '')} answers")


@needs
def lets_in(site: Site) -> Found:
    """The stored password is Grafana's: it keeps that of its first start."""
    answer = site.ask(HttpRequest(f"{base(site)}/api/org", headers=login(site)))
    if answer.status in (401, 403):
        hint = "stackctl exec -- grafana grafana cli admin reset-admin-password, with the stored one"
        return failed("Grafana has another password than the stored one: it keeps that of its first start", hint)
    if answer.status != 200:
        return failed(f"Grafana answers {answer.status} to its administrator", "see: stackctl logs grafana")
    return ok("Grafana takes the stored password")


@needs
def sources(site: Site) -> Found:
    """Each data source answers when Grafana asks it."""
    listed = site.json(f"{base(site)}/api/datasources", login(site))
    if not isinstance(listed, list):
        return skipped("Grafana lists no data sources")
    problems = []
    kinds = {str(item.get("type")) for item in listed}
    for kind in ("prometheus", "jaeger"):
        if site.kind(kind) and kind not in kinds:
            problems.append(f"Grafana has no data source for {kind}")
    for item in listed:
        problem = _source_problem(site, item)
        if problem:
            problems.append(f"data source {item.get('name')} ({item.get('url')}) does not answer Grafana: {problem}")
    if problems:
        return failed(problems, "correct the url in grafana/provisioning/datasources, then: stackctl up")
    return (
        ok(f"{len(listed)} data sources answer through Grafana") if listed else skipped("Grafana has no data sources")
    )


@needs
def dashboards(site: Site) -> Found:
    """Each dashboard file parses, and Grafana has loaded it."""
    problems, boards = [], []
    for file, text in _files(site):
        try:
            found = read_board(text, file)
        except BoardError as error:
            problems.append(f"a dashboard does not parse: {error}")
            continue
        if found:
            boards.append(found)
    if problems:
        return failed(problems, "correct the file; Grafana reads it again within 30 s")

    def lacking() -> list[Board]:
        there = _loaded(site)
        return [item for item in boards if item.uid and item.uid not in there]

    site.until(lambda: not lacking())
    problems = [f"Grafana has not loaded {item.title} ({item.file})" for item in lacking()]
    if problems:
        return failed(problems, "see: stackctl logs grafana")
    return ok(f"{len(boards)} dashboards are loaded") if boards else skipped("no dashboard files are mounted")


@needs
def panels(site: Site) -> Found:
    """Each panel's query, asked through Grafana, gives data, or the panel says when it is empty."""
    queries = site.once("queries", lambda: _prometheus_queries(site))
    asked = [(title, query) for title, query in queries if not open_variables(query.expr)]
    if not asked:
        return skipped("there is no panel that asks Prometheus")
    after = ("data.request", "metrics.targets", "metrics.exporters", "traces.spans", "grafana.sources")
    empty: list[tuple[str, Query]] = asked
    wrong: list[str] = []

    def look() -> bool:
        nonlocal empty, wrong
        rows, wrong = _without_data(site, empty)
        empty = rows
        return bool(wrong) or all(query.empty for _title, query in empty)

    site.until(look, unless=after)
    problems = wrong or [
        f"{title} · {query.panel}: no data for {query.expr}" for title, query in empty if not query.empty
    ]
    age = _age(site)
    if problems and not wrong and age < RATES_SECONDS:
        return skipped(f"the stack started {age:.0f} s ago: rates need a minute of figures")
    if problems:
        return failed(
            problems, "correct the query, or say in the panel's description when it is empty: “Empty while …”"
        )
    allowed = f", {len(empty)} expected empty" if empty else ""
    return ok(f"{len(asked)} queries of {len({title for title, _query in asked})} dashboards give data{allowed}")


def _age(site: Site) -> float:
    """Give the seconds since the last start of a service that has figures: Grafana itself only shows them."""
    now = site.world.clock.now()
    starts = [item.started for item in site.containers if item.started and item is not site.kind("grafana")]
    return min(((now - start).total_seconds() for start in starts), default=RATES_SECONDS)


def _login(item: Container) -> dict[str, str]:
    told = item.environment
    user = told.get("GF_SECURITY_ADMIN_USER") or "admin"
    password = told.get("GF_SECURITY_ADMIN_PASSWORD", "")
    inside = told.get("GF_SECURITY_ADMIN_PASSWORD__FILE", "")
    source = next((mount.source for mount in item.mounts if mount.target == inside), "")
    if inside and source:
        try:
            password = Path(source).read_text("utf-8").strip()
        except OSError:
            return {}
    if not password:
        return {}
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _source_problem(site: Site, item: dict[str, Any]) -> str:
    uid, kind = item.get("uid"), str(item.get("type"))
    try:
        if kind in PROXIED:
            site.json(f"{base(site)}/api/datasources/proxy/uid/{uid}{PROXIED[kind]}", login(site))
            return ""
        site.json(f"{base(site)}/api/datasources/uid/{uid}/health", login(site))
        if kind == "prometheus":
            answer = _asked(site, [{"refId": "A", "datasource": {"uid": uid, "type": kind}, "expr": "vector(1)"}])
            error = (answer.get("results", {}).get("A") or {}).get("error")
            return str(error or "")
    except OSError as error:
        return str(error) or type(error).__name__
    return ""


def _files(site: Site) -> list[tuple[str, str]]:
    """Give the JSON files that are mounted into Grafana from this machine, path → text."""
    item = site.kind("grafana")
    found: list[tuple[str, str]] = []
    for mount in item.mounts if item else ():
        path = Path(mount.source)
        if mount.kind != "bind" or mount.target.startswith("/run/secrets"):
            continue
        try:
            files = sorted(path.rglob("*.json")) if path.is_dir() else [path] if path.suffix == ".json" else []
            found += [(str(file), file.read_text("utf-8", "replace")) for file in files[:MOST_FILES]]
        except OSError:
            continue  # a folder of another machine's engine
    return found


def _loaded(site: Site) -> dict[str, str]:
    rows = site.json(f"{base(site)}/api/search?type=dash-db&limit=1000", login(site))
    return {str(row["uid"]): str(row.get("title", "")) for row in rows}


def _prometheus_queries(site: Site) -> list[tuple[str, Query]]:
    found = []
    for uid in _loaded(site):
        model = site.json(f"{base(site)}/api/dashboards/uid/{uid}", login(site))["dashboard"]
        item = board(model)
        found += [(item.title, query) for query in item.queries if query.kind == "prometheus"]
    return found


def _without_data(site: Site, asked: list[tuple[str, Query]]) -> tuple[list[tuple[str, Query]], list[str]]:
    """Give the queries without data, and the errors of those that Prometheus rejects."""
    queries = [
        {
            "refId": f"Q{number}",
            "datasource": {"uid": query.source, "type": query.kind},
            "expr": query.expr,
            "range": True,
            "instant": False,
            "intervalMs": 5000,
            "maxDataPoints": 500,
        }
        for number, (_title, query) in enumerate(asked)
    ]
    results = _asked(site, queries).get("results", {})
    empty, wrong = [], []
    for number, (title, query) in enumerate(asked):
        result = results.get(f"Q{number}") or {}
        if result.get("error"):
            wrong.append(f"{title} · {query.panel}: {result['error']}")
        elif not any(_rows(frame) for frame in result.get("frames") or ()):
            empty.append((title, query))
    return empty, wrong


def _rows(frame: dict[str, Any]) -> bool:
    values = (frame.get("data") or {}).get("values") or []
    return len(values) > 1 and bool(values[1])


def _asked(site: Site, queries: list[dict[str, Any]]) -> dict[str, Any]:
    body = json.dumps({"from": "now-15m", "to": "now", "queries": queries}).encode()
    sent = {"content-type": "application/json", **login(site)}
    answer = site.ask(HttpRequest(f"{base(site)}/api/ds/query", "POST", sent, body, 32 << 20))
    # 400 with results: some of the queries failed, each says how.
    said = json.loads(answer.body) if answer.body[:1] == b"{" else {}
    if answer.status >= 400 and "results" not in said:
        raise ConnectionError(f"Grafana answers {answer.status} to a query: {said.get('message', '')}")
    return dict(said)
