"""The clocks of this machine and of the engine: in a virtual machine they drift apart during sleep."""

from __future__ import annotations

from datetime import timedelta

from stackctl.doctor.around import read_lines
from stackctl.doctor.check import Scene, Seen
from stackctl.engine.values import EngineFacts, parse_time

SKEW = timedelta(seconds=2)
LARGE_SKEW = timedelta(minutes=5)  # certificates and tokens begin to fail


def clock(scene: Scene, _facts: EngineFacts) -> Seen:
    """Compare the engine's time with ours; the time that asking took is no skew."""
    before = scene.host.now()
    lines = read_lines(scene.engine, ("info", "--format", "{{.SystemTime}}"))
    after = scene.host.now()
    theirs = parse_time(lines[0].strip()) if lines else None
    if theirs is None:
        return Seen("skipped", "the engine does not say what time it is")
    skew = theirs - after if theirs > after else before - theirs if theirs < before else timedelta()
    if skew < SKEW:
        return Seen("ok", "the engine's clock agrees with this machine's")
    side = "ahead" if theirs > after else "behind"
    hint = "set both by NTP (timedatectl set-ntp true); Docker Desktop: restart it"
    status = "error" if skew > LARGE_SKEW else "warning"
    return Seen("error" if status == "error" else "warning", f"the engine is {skew.total_seconds():.0f} s {side}", hint)
