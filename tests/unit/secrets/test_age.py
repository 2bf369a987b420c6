from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackctl.errors import ConfigError, Misuse
from stackctl.secrets.age import Damaged, NotForUs, check_recipient, open_sealed, public_key, read_identities, seal
from tests.unit.secrets.made import Person

VALUES = [b"", b"x", b"line\nline\r\n", "pä$$ \"wörd'".encode(), bytes(range(256)), b"k" * 65536]


def ssh_key(folder: Path, kind: str, *words: str) -> Path:
    path = folder / f"id_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "anna@box", *words, "-f", str(path)], check=True)
    return path


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{len(value)} bytes")
def test_what_is_sealed_opens_for_each_of_the_recipients_and_for_nobody_else(value: bytes) -> None:
    anna, ben, eve = Person(), Person(), Person()
    armour = seal(value, [anna.public, ben.public])
    assert armour.startswith("-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert open_sealed(armour, anna.identities) == open_sealed(armour, ben.identities) == value
    with pytest.raises(NotForUs):
        open_sealed(armour, eve.identities)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), to=st.integers(0, 255))
def test_a_changed_byte_never_opens(place: int, to: int) -> None:
    anna = Person()
    armour = bytearray(seal(b"a value that is long enough", [anna.public]).encode())
    place %= len(armour)
    changed = armour[place] != to and chr(to).isprintable()
    armour[place] = to if changed else armour[place]
    if not changed:
        assert open_sealed(armour.decode(), anna.identities) == b"a value that is long enough"
        return
    # The last character of base64 has bits that count for nothing: then what opens is what was sealed.
    with contextlib.suppress(Damaged, NotForUs):
        assert open_sealed(armour.decode("latin-1"), anna.identities) == b"a value that is long enough"


@pytest.mark.parametrize("end", [1, 30, 200])
def test_a_cut_block_is_damaged(end: int) -> None:
    anna = Person()
    with pytest.raises(Damaged):
        open_sealed(seal(b"value", [anna.public])[:-end].rstrip("\n-")[:-end], anna.identities)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_ssh_keys_seal_and_open(kind: str, tmp_path: Path) -> None:
    path = ssh_key(tmp_path, kind)
    public = path.with_suffix(".pub").read_text().strip()
    assert public.endswith(" anna@box")
    kept = check_recipient(public)
    assert kept == " ".join(public.split()[:2])
    assert open_sealed(seal(b"v", [kept]), read_identities(path.read_bytes(), "key")) == b"v"


def test_an_ssh_key_with_a_passphrase_is_said(tmp_path: Path) -> None:
    path = ssh_key(tmp_path, "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "word", "-f", str(path)], check=True)
    with pytest.raises(ConfigError, match="with a passphrase") as caught:
        read_identities(path.read_bytes(), "~/.ssh/id_ed25519")
    assert caught.value.code == "identity-invalid"


def test_a_kind_of_ssh_key_that_age_does_not_know_is_said(tmp_path: Path) -> None:
    path = ssh_key(tmp_path, "ecdsa")
    with pytest.raises(Misuse, match="no public key that can be sealed for"):
        check_recipient(path.with_suffix(".pub").read_text())
    with pytest.raises(ConfigError, match="no key that age can use"):
        read_identities(path.read_bytes(), "key")


@pytest.mark.parametrize("text", ["", "age1", "age1xyz", "ssh-ed25519", "ssh-ed25519 AAAA", "anna", "age1yubikey1qqq"])
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        check_recipient(text)
    assert caught.value.code == "recipient-invalid"


def test_a_password_that_came_by_mistake_is_not_repeated() -> None:
    with pytest.raises(Misuse) as caught:
        check_recipient("CANARY-of-a-database")
    assert "CANARY" not in caught.value.message + caught.value.hint


def test_a_secret_key_is_no_recipient_and_is_not_repeated() -> None:
    secret = Person().secret
    with pytest.raises(Misuse, match="that is a secret key") as caught:
        check_recipient(secret)
    assert secret not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no key"),
        (b"# only a comment\n", "holds no key"),
        (b"AGE-SECRET-KEY-1CANARY\n", "no key that age can use"),
        (b"CANARY", "no key that age can use"),
        (b"\xff\xfeCANARY", "no key that age can use"),
        (b"age-encryption.org/v1\nCANARY", "sealed with a passphrase"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n", "no key that age can use"),
    ],
)
def test_what_is_no_identity_is_said_without_any_of_it(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read_identities(data, "file")
    assert "CANARY" not in caught.value.message + caught.value.hint


def test_the_age_program_reads_what_we_seal_and_we_read_what_it_seals(tmp_path: Path) -> None:
    assert shutil.which("age"), "this test needs the program age (Debian: apt-get install age)"
    anna = Person()
    (tmp_path / "key").write_text(anna.secret)
    for value in VALUES[1:]:
        armour = seal(value, [anna.public]).encode()
        done = subprocess.run(["age", "-d", "-i", "key"], input=armour, capture_output=True, cwd=tmp_path, check=True)
        assert done.stdout == value
        made = subprocess.run(["age", "-a", "-r", anna.public], input=value, capture_output=True, check=True)
        assert open_sealed(made.stdout.decode(), anna.identities) == value


def test_a_key_of_age_keygen_is_ours_and_its_public_half_is_the_same(tmp_path: Path) -> None:
    assert shutil.which("age-keygen"), "this test needs the program age-keygen (Debian: apt-get install age)"
    subprocess.run(["age-keygen", "-o", "key"], cwd=tmp_path, capture_output=True, check=True)
    text = (tmp_path / "key").read_text()
    secret = text.split()[-1]
    assert public_key(secret) in text
    assert len(read_identities(text.encode(), "key")) == 1
