"""Any store as a tar archive: owners by number, modes, links, extended attributes, ACLs, holes, the root's own mode."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.services.saving import swap
from stackctl.services.saving.base import SIDE, Consistency, Counts, Helper, Proof, Subject, Trial
from stackctl.services.saving.tar import TarWalk

if TYPE_CHECKING:
    from stackctl.services.saving.base import Walk

# SELinux's labels belong to the machine, trusted.* to its kernel: neither means anything elsewhere.
ATTRIBUTES = "--xattrs --xattrs-include='user.*' --xattrs-include='security.capability' --acls"
READ = ("DAC_READ_SEARCH",)


def archive(folder: str, leave_out: Sequence[str] = ()) -> str:
    """Give the shell line that writes a folder, with its own owner and mode, as a tar archive to its output."""
    without = " ".join(f"--exclude='./{name}'" for name in leave_out)
    return (
        "export LC_ALL=C; tar --create --file=- --format=posix --pax-option=delete=atime,delete=ctime -b 512"
        f" --numeric-owner {ATTRIBUTES} --sparse --totals --anchored {without} -C {folder} ."
    )


def said_counts(said: str) -> Counts:
    """Give the counts that a script has put on its error output, nothing where it has not."""
    found = re.search(r"^save-counts (.+)$", said, re.MULTILINE)
    counts: Counts = json.loads(found[1]) if found else {}
    return counts


class VolumeSaver(swap.StoreSwap):
    """The store of a service nobody knows more about."""

    kind = "volume"
    suffix = "tar"
    online = False
    stop = False
    tool = "GNU tar"
    why = ""
    exclude: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Helper | None:
        """See Saver.look."""
        return None

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump. Exit code 1 is GNU tar's "a file changed as we read it"."""
        ok = ' || { code=$?; [ "$code" = 1 ] && echo stackctl-changed >&2 || exit "$code"; }' if subject.live else ""
        return Helper(f"{archive('/store', (SIDE, *self.exclude))}{ok}", store="ro", capabilities=READ)

    def walk(self) -> Walk:
        """See Saver.walk."""
        return TarWalk()

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """See Saver.judge."""
        total = re.search(r"Total bytes written: (\d+)", said)
        if not total:
            return ["tar did not say how much it wrote"]
        got = int(proof.facts["stream_bytes"])
        return [] if int(total[1]) == got else [f"tar wrote {total[1]} bytes and {got} arrived"]

    def counts(self, proof: Proof, said: str) -> Counts:
        """Give files and bytes, and what the script counted beside them."""
        return {**proof.counts, **said_counts(said)}

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """See Saver.consistency."""
        return "quiesced" if quiet else "fuzzy"

    def stage(self, subject: Subject) -> Helper:
        """Give the helper that reads a payload into the store's side folder and says how much it unpacked."""
        script = (
            swap.BEGIN
            + f"tar --extract --zstd --file=- -b 512 --numeric-owner --same-owner --same-permissions {ATTRIBUTES}"
            ' -C "$S/new"\n'
            'cat > /dev/null\nsync -f "$S/root"\nprintf \'{"files": %s}\\n\' "$(find "$S/new" -printf x | wc -c)"\n'
        )
        return Helper(script, store="rw", unpacks=True, capabilities=swap.WRITE)

    def again(self, subject: Subject) -> Helper | None:
        """See Saver.again: contents, owners, modes and times of what is staged, by tar itself."""
        script = (
            f'set -eu\ncd "/store/${{SAVE_SUB:-}}"\n'
            f"tar --compare --zstd --file=- -b 512 --numeric-owner -C {SIDE}/new >&2"
            " || { echo 'error: what is staged is not what was saved' >&2; exit 1; }\n"
        )
        return Helper(script, store="ro", unpacks=True, capabilities=READ)

    def login_line(self, password: str) -> bytes:
        """See Saver.login_line: nobody is asked."""
        return b"\n"

    def own_login(self, subject: Subject) -> Helper | None:
        """See Saver.own_login: nobody knows where it stands."""
        return None

    def enter(self, subject: Subject) -> Helper | None:
        """See Saver.enter."""
        return None

    def users(self, *, local: bool) -> str:
        """See Saver.users."""
        return "whatever the files hold"

    def trial(self, subject: Subject, image: str) -> Trial | None:
        """See Saver.trial: nobody knows what would read it."""
        return None

    def count(self, subject: Subject) -> Helper | None:
        """Give nothing: what a file holds is its service's own business, and its health says how it likes it."""
        return None

    def differences(self, wanted: Counts, found: Counts) -> list[str]:
        """Give how what is staged, or what a server on trial says, differs from what was saved."""
        both = [name for name in found if name in wanted]
        return [f"{found[name]} {name} instead of {wanted[name]}" for name in both if found[name] != wanted[name]]
