"""Scripts that put a store's new content in the place of the old one, and back.

Everything happens inside the store: renames there cost nothing and cannot run out of space. `/store/.stackctl-restore/`
holds `new/` (what comes), `old/` (what goes) and marks that say how far it got. Each script can be run again at any
time, also after it was killed in the middle: it reads the marks and goes on.
"""

from __future__ import annotations

from stackctl.services.saving.base import SIDE, Helper, Subject

WRITE = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP")

_HEAD = f"""set -eu
cd "/store/${{SAVE_SUB:-}}"
S={SIDE}
each() {{ find . -mindepth 1 -maxdepth 1 ! -name "$S" -exec mv -n -t "$1" -- {{}} +; }}
mark() {{ : > "$S/$1"; sync -f "$S/$1"; }}
"""

BEGIN = (
    _HEAD
    + """rm -rf -- "$S"
# On a full disk the engine could not even start the helper that clears up: what failed clears up itself.
# tar says no more of it than how little it wrote.
trap 'code=$?
if [ "$code" != 0 ]; then
    [ "$(stat -f -c %a .)" -ge 64 ] || echo "error: no space left for what is restored" >&2
    rm -rf -- "$S"
fi
exit "$code"' EXIT
mkdir "$S" "$S/new" "$S/old"
chmod 700 "$S"
stat -c '%u:%g %a' . > "$S/root"
sync -f "$S/root"
"""
)

# What goes is out as a whole before anything comes in: a store never holds a mix that somebody could start on.
SWAP = (
    _HEAD
    + """[ -d "$S/new" ] || { echo 'nothing is staged' >&2; exit 1; }
if [ ! -e "$S/out" ]; then each "$S/old"; mark out; fi
find "$S/new" -mindepth 1 -maxdepth 1 -exec mv -n -t . -- {} +
chown --reference="$S/new" . && chmod --reference="$S/new" .
mark in
"""
)

UNDO = (
    _HEAD
    + """[ -d "$S" ] || exit 0
if [ -e "$S/commit" ]; then echo 'already committed' >&2; exit 1; fi
if [ -e "$S/out" ]; then each "$S/new"; rm -f "$S/in" "$S/out"; sync -f "$S/root"; fi
if [ -d "$S/old" ]; then find "$S/old" -mindepth 1 -maxdepth 1 -exec mv -n -t . -- {} +; fi
if [ -s "$S/root" ]; then read -r owner mode < "$S/root"; chown "$owner" . && chmod "$mode" .; fi
sync -f .
rm -rf -- "$S"
"""
)

COMMIT = (
    _HEAD
    + """[ -d "$S" ] || exit 0
mark commit
rm -rf -- "$S/old" "$S/new"
rm -rf -- "$S"
sync -f .
"""
)


class StoreSwap:
    """The half of a saver that puts files in place: the service is stopped meanwhile."""

    online_restore = False

    def below(self, subject: Subject) -> str:
        """Give where in the store the data lies: empty for all of it, or `folder/`."""
        return ""

    def swap(self, subject: Subject) -> Helper:
        """Give the helper that puts what is staged in place of what is there."""
        return self._helper(SWAP, subject)

    def undo(self, subject: Subject) -> Helper:
        """Give the helper that brings back what was there."""
        return self._helper(UNDO, subject)

    def commit(self, subject: Subject) -> Helper:
        """Give the helper that removes what was there."""
        return self._helper(COMMIT, subject)

    def _helper(self, script: str, subject: Subject) -> Helper:
        return Helper(script, store="rw", capabilities=WRITE, variables={"SAVE_SUB": self.below(subject)})
