"""A client whom its store does not let in: a wrong password, an older one in the volume, the wrong database asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.health.rules.complaints import Complaint, target
from stackctl.health.rules.say import CHANGED_FIX, cut, edit, older_volume
from stackctl.health.rules.unreached import where_written
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence

_MONGO = re.compile(r"mongodb(?:\+srv)?://[^\s/@]+@[^\s/?]+(?:/(?P<database>[^?\s]*))?(?P<query>\?\S*)?")


def refused_login(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    """Give the verdict for a login that a store refused."""
    other = target(evidence, service, said)
    other = None if other is service else other
    store = other.name if other else said.words.driver or "its store"
    proofs = said.proofs(service)
    same = bool(other and set(other.fingerprints.values()) & set(service.fingerprints.values()))
    if other and same:
        changed = "" if other.driver == "redis" else older_volume(evidence, other)
        if changed:
            cause = (
                f"{store} knows another password than {service.name}: its volume {changed} was made with an older one"
            )
            volume = Proof("volume", f"{changed} is older than the container")
            fix = Fix(CHANGED_FIX)
            code = "credentials-changed"
            return Verdict(code, other.name, cause, (*proofs, volume), fix, confidence="medium", at=said.line.at)
        elsewhere = _asks_elsewhere(service) if other.driver == "mongodb" else None
        if elsewhere:
            name, database = elsewhere
            cause = (
                f"{service.name} has the password of {store}, and asks for its user in the database {database}: "
                "the user is in admin"
            )
            place = Proof(f"definition of {service.name}", f"{name} names {database} and no authSource")
            fix = edit(service, (f"environment.{name}", "environment"), f"add ?authSource=admin to {name}")
            return Verdict("auth-failed", service.name, cause, (*proofs, place), fix, at=said.line.at)
    cause = f"{service.name} cannot log in to {store}: {said.words.meaning}"
    keys = (*where_written(service, store), "environment", "command")
    fix = edit(service, keys, f"give it the password of {store}")
    return Verdict("auth-failed", service.name, cut(cause), proofs, fix, at=said.line.at)


def _asks_elsewhere(service: ServiceEvidence) -> tuple[str, str] | None:
    """Give the variable and the database where MongoDB looks for the user: the URI's own, unless it says authSource."""
    for name, value in service.environment.items():
        match = _MONGO.search(value or "")
        database = match["database"] if match else ""
        if match and database and database != "admin" and "authsource" not in (match["query"] or "").lower():
            return name, database
    return None
