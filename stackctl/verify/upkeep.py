"""Upkeep: how old the last good backup, the secrets and the certificates are, where the stack sets a limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError
from stackctl.stack.durations import seconds_of
from stackctl.verify.check import failed, ok, skipped
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

DAY = 86400


def backup(site: Site) -> Found:
    """The newest set that passed a check is younger than `x-stackctl.backup.max_age`."""
    from stackctl.backup.catalogue import entries, place_of

    limit = _limit(site, "backup")
    if limit is None:
        return skipped("x-stackctl.backup.max_age sets no limit")
    good = [_time(entry.verified[1]) for entry in entries(place_of(site.world, site.project, site.stack))]
    ages = [site.world.clock.now() - at for at in good if at is not None]
    if not ages:
        return failed("there is no backup that passed a check", "stackctl backup")
    if min(ages) > limit:
        return failed(f"the last good backup is {_said(min(ages))} old, the limit is {_said(limit)}", "stackctl backup")
    return ok(f"the last good backup is {_said(min(ages))} old")


def secrets(site: Site) -> Found:
    """Every stored secret is younger than `x-stackctl.secrets.max_age`."""
    limit = _limit(site, "secrets")
    if limit is None:
        return skipped("x-stackctl.secrets.max_age sets no limit")
    folder = secrets_dir(site.world.shell, site.project)
    old = []
    for name in site.world.files.names(folder):
        facts = site.world.host.file(folder / name)
        if name.startswith(".") or facts is None or facts.kind != "file" or facts.written is None:
            continue
        age = site.world.clock.now() - facts.written
        if age > limit:
            old.append(f"the secret {name} is {_said(age)} old, the limit is {_said(limit)}")
    if old:
        return failed(old, "make new ones: stackctl secrets rotate")
    return ok("every secret is young enough")


def certificates(site: Site) -> Found:
    """Every certificate that the stack mounts is valid for at least `x-stackctl.certificates.min_left`."""
    limit = _limit(site, "certificates", "min_left")
    if limit is None:
        return skipped("x-stackctl.certificates.min_left sets no limit")
    found = {
        mount.source
        for item in site.running
        for mount in item.mounts
        if mount.kind == "bind" and mount.source.endswith((".crt", ".pem"))
    }
    problems = []
    for path in sorted(found):
        end = _not_after(path)
        if end is not None and end - site.world.clock.now() < limit:
            problems.append(f"the certificate {path} ends on {end:%Y-%m-%d}")
    if problems:
        return failed(problems, "renew it, then: stackctl up")
    return ok(f"{len(found)} certificates are valid long enough") if found else skipped("no certificate is mounted")


def _settings(site: Site, name: str) -> Mapping[str, Any]:
    found = site.stack.settings.get(name) if site.stack else None
    return found if isinstance(found, dict) else {}


def _limit(site: Site, name: str, key: str = "max_age") -> timedelta | None:
    wanted = _settings(site, name).get(key)
    if not wanted:
        return None
    seconds = seconds_of(str(wanted), -1.0)
    if seconds < 0:
        raise ConfigError(f"x-stackctl.{name}.{key}: “{wanted}” is no duration", "write for example 7d, 12h or 90m")
    return timedelta(seconds=seconds)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _not_after(path: str) -> datetime | None:
    """Give the end of a certificate; None for a file that is none."""
    import ssl

    try:
        decoded = ssl._ssl._test_decode_cert(path)  # type: ignore[attr-defined]
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(decoded["notAfter"]), UTC)
    except (OSError, ValueError, KeyError):
        return None


def _said(age: timedelta) -> str:
    seconds = age.total_seconds()
    if seconds >= 2 * DAY:
        return f"{seconds / DAY:.0f} days"
    return f"{seconds / 3600:.0f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"
