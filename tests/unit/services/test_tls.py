from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from stackctl.errors import ConfigError
from stackctl.secrets.generate import generate
from stackctl.services.registry import derivers
from stackctl.services.tls import ec_key


class Counted:
    """Bytes that count up, from another beginning each time."""

    def __init__(self, start: int = 0) -> None:
        self.next = start

    def take(self, count: int) -> bytes:
        self.next += 1
        return bytes((self.next + place) % 256 for place in range(count))


CA, OWN = ec_key(12345), ec_key(67890)


def test_a_key_is_pem_and_follows_its_random_number() -> None:
    made = generate("ec-key(256)", Counted())
    assert made == generate("ec-key(256)", Counted())
    assert made != generate("ec-key(256)", Counted(7))
    assert made == made.strip()
    assert isinstance(load_pem_private_key(made.encode(), None), EllipticCurvePrivateKey)


@pytest.mark.parametrize("number", [0, 1, 2**384 - 1])
def test_every_number_gives_a_key(number: int) -> None:
    assert "BEGIN PRIVATE KEY" in ec_key(number)


def test_only_p_256_is_made() -> None:
    with pytest.raises(ConfigError, match="P-256"):
        generate("ec-key(384)", Counted())


def test_the_same_keys_give_the_same_certificates() -> None:
    for kind, keys in (("tls-ca", [CA]), ("tls-cert", [CA, OWN])):
        assert derivers()[kind](keys) == derivers()[kind](keys)
    assert derivers()["tls-ca"]([CA]) != derivers()["tls-ca"]([OWN])


def test_a_certificate_is_signed_by_the_authority_for_its_names() -> None:
    root = x509.load_pem_x509_certificate(derivers()["tls-ca"]([CA]).encode())
    chain = x509.load_pem_x509_certificates(
        derivers()["tls-cert"]([CA, OWN], {"names": "localhost+127.0.0.1+api.test"}).encode()
    )
    assert chain[1] == root
    chain[0].verify_directly_issued_by(root)
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "api.test"]
    assert [str(found) for found in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not chain[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert chain[0].serial_number != root.serial_number
    assert chain[0].public_key() == load_pem_private_key(OWN.encode(), None).public_key()


@pytest.mark.parametrize("keys", [["swordfish9"], ["swordfish9", OWN], [CA, "swordfish9"], [CA]])
def test_what_is_no_key_is_refused_without_its_value(keys: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        derivers()["tls-cert" if keys != ["swordfish9"] else "tls-ca"](keys)
    assert "swordfish9" not in str(caught.value)
