"""Asking Grafana: where it is, who we are there, and a question through it to a data source."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.errors import ConfigError
from stackctl.verify.check import skipped

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

PORT = 3000
ABSENT = "there is no Grafana here"
UNREACHED = "this machine does not reach Grafana: publish its port 3000"
UNKNOWN = "nobody knows its password: the container is given none by GF_SECURITY_ADMIN_PASSWORD or its __FILE"
# What Grafana begins with where nothing is set.
FIRST_LOGIN = "admin:admin"


class NotLetIn(ConnectionError):
    """Grafana has refused the password that its container was given."""


class NoLogin(ConnectionError):
    """Nobody knows how to log in."""


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


def needs_login(check: Callable[[Site], Found]) -> Callable[[Site], Found]:
    """Skip a check, with the reason, where no Grafana can be asked, or nobody knows its password."""

    def run(site: Site) -> Found:
        try:
            login(site)
        except NoLogin:
            return skipped(UNKNOWN)
        return check(site)

    return needs(run)


def login(site: Site) -> dict[str, str]:
    """Give the header that lets us in, nothing where everybody may. Raises NotLetIn, NoLogin, OSError.

    It is tried once in a run, for all checks: after five wrong passwords Grafana lets nobody in for five minutes.
    """
    return site.once("grafana-login", lambda: _entered(site))


def asked_through(site: Site, queries: list[dict[str, Any]]) -> dict[str, Any]:
    """Give Grafana's answer to queries of the last 15 minutes, results by refId. Raises OSError."""
    body = json.dumps({"from": "now-15m", "to": "now", "queries": queries}).encode()
    sent = {"content-type": "application/json", **login(site)}
    answer = site.ask(HttpRequest(f"{base(site)}/api/ds/query", "POST", sent, body, 32 << 20))
    # 400 with results: some of the queries failed, each says how.
    said = json.loads(answer.body) if answer.body[:1] == b"{" else {}
    if answer.status >= 400 and "results" not in said:
        raise ConnectionError(f"Grafana answers {answer.status} to a query: {said.get('message', '')}")
    return dict(said)


def _entered(site: Site) -> dict[str, str]:
    item = site.kind("grafana")
    given = _given(site, item) if item else ""
    if given:
        return _tried(site, given, NotLetIn)
    try:
        return _tried(site, "", NoLogin)
    except NoLogin:
        return _tried(site, FIRST_LOGIN, NoLogin)


def _tried(site: Site, words: str, refused: type[ConnectionError]) -> dict[str, str]:
    headers = {"authorization": "Basic " + base64.b64encode(words.encode()).decode()} if words else {}
    status = site.ask(HttpRequest(f"{base(site)}/api/org", headers=headers)).status
    if status in (401, 403):
        raise refused
    if status != 200:
        raise ConnectionError(f"Grafana answers {status} to its administrator")
    return headers


def _given(site: Site, item: Container) -> str:
    """Give `user:password` as the container's own settings name them, empty where they name none."""
    told = item.environment
    password = told.get("GF_SECURITY_ADMIN_PASSWORD", "")
    inside = told.get("GF_SECURITY_ADMIN_PASSWORD__FILE", "")
    source = next((mount.source for mount in item.mounts if mount.target == inside), "")
    if inside and source:
        try:
            password = (site.world.files.read(Path(source)) or b"").decode("utf-8", "replace").strip()
        except ConfigError:
            return ""
    return f"{told.get('GF_SECURITY_ADMIN_USER') or 'admin'}:{password}" if password else ""
