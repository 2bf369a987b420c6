"""Grafana: it answers, lets us in, its data sources answer through it, its dashboards are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError
from stackctl.verify.boards import Board, BoardError, read_board
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.grafana_api import UNKNOWN, NoLogin, NotLetIn, asked_through, base, login, needs, needs_login
from stackctl.workspace.files import walk_files

if TYPE_CHECKING:
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

MOST_FILES = 200
# Kinds of data sources with a health check in Grafana's back end; that of Jaeger is younger than Grafana 10.
PROXIED = {"jaeger": "/api/services"}
# How long a data source may be away before it is believed: what is behind it may be starting again.
AWAY_SECONDS = 3.0


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
    try:
        login(site)
    except NotLetIn:
        hint = "stackctl exec -- grafana grafana cli admin reset-admin-password, with the stored one"
        return failed("Grafana has another password than the stored one: it keeps that of its first start", hint)
    except NoLogin:
        return skipped(UNKNOWN)
    return ok("Grafana lets its administrator in")


@needs_login
def sources(site: Site) -> Found:
    """Each data source answers when Grafana asks it."""
    listed = site.json(f"{base(site)}/api/datasources", login(site))
    if not isinstance(listed, list) or not listed:
        return skipped("Grafana has no data sources")
    kinds = {str(item.get("type")) for item in listed}
    problems = [
        f"Grafana has no data source for {kind}"
        for kind in ("prometheus", "jaeger")
        if site.kind(kind) and kind not in kinds
    ]
    silent: list[str] = []

    def all_answer() -> bool:
        nonlocal silent
        silent = [text for item in listed if (text := _source_problem(site, item))]
        return not silent

    site.until(all_answer, AWAY_SECONDS)
    if problems or silent:
        hint = "correct the url in grafana/provisioning/datasources, then: stackctl up"
        return failed([*problems, *silent], hint)
    return ok(f"{len(listed)} data sources answer through Grafana")


@needs_login
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
        there = loaded(site)
        return [item for item in boards if item.uid and item.uid not in there]

    site.until(lambda: not lacking())
    problems = [f"Grafana has not loaded {item.title} ({item.file})" for item in lacking()]
    if problems:
        return failed(problems, "see: stackctl logs grafana")
    return ok(f"{len(boards)} dashboards are loaded") if boards else skipped("no dashboard files are mounted")


def loaded(site: Site) -> dict[str, str]:
    """Give the dashboards that Grafana has, uid → title. Raises OSError."""
    rows = site.json(f"{base(site)}/api/search?type=dash-db&limit=1000", login(site))
    return {str(row["uid"]): str(row.get("title", "")) for row in rows}


def _source_problem(site: Site, item: dict[str, Any]) -> str:
    uid, kind = item.get("uid"), str(item.get("type"))
    problem = ""
    try:
        if kind in PROXIED:
            site.json(f"{base(site)}/api/datasources/proxy/uid/{uid}{PROXIED[kind]}", login(site))
            return ""
        site.json(f"{base(site)}/api/datasources/uid/{uid}/health", login(site))
        if kind == "prometheus":
            said = asked_through(site, [{"refId": "A", "datasource": {"uid": uid, "type": kind}, "expr": "vector(1)"}])
            problem = str((said.get("results", {}).get("A") or {}).get("error") or "")
    except OSError as error:
        problem = str(error) or type(error).__name__
    return f"data source {item.get('name')} ({item.get('url')}) does not answer Grafana: {problem}" if problem else ""


def _files(site: Site) -> list[tuple[str, str]]:
    """Give the JSON files that are mounted into Grafana from this machine, path → text."""
    item = site.kind("grafana")
    found: list[tuple[str, str]] = []
    for mount in item.mounts if item else ():
        if mount.kind != "bind" or mount.target.startswith("/run/secrets"):
            continue
        path = Path(mount.source)
        names = [path] if path.suffix == ".json" else (name for name in walk_files(path) if name.suffix == ".json")
        for _number, name in zip(range(MOST_FILES), names, strict=False):
            try:
                text = site.world.files.read(name)
            except ConfigError:
                continue
            if text is not None:
                found.append((str(name), text.decode("utf-8", "replace")))
    return found
