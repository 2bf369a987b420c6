"""Certificates of a local authority: made of stored keys, so that the same keys always give the same certificates.

`cryptography` does the work and is imported only here, when a certificate is made (it takes 60 ms).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError
from stackctl.services.derivation import Derivation

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, Name

AUTHORITY = "stackctl local authority"
# A certificate must come out the same whenever it is made again, so its dates cannot depend on the day. The authority
# is trusted by hand on one machine; what limits its reach is its key, which never leaves that machine.
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=365 * 25)


def ec_key(number: int) -> str:
    """Give a private key of P-256 as PEM (PKCS 8), made of a random number."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.derive_private_key(1 + number % (ORDER - 1), ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


# The order of P-256's group (FIPS 186-5): private keys lie between 1 and one less than that.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def authority(values: Sequence[str], _options: Mapping[str, str]) -> str:
    """Give the certificate of the authority with this key, as PEM. Raises ConfigError for what is no key."""
    return _pem(_authority(_key(values[0])))


def certificate(values: Sequence[str], options: Mapping[str, str]) -> str:
    """Give the certificate for the second key, signed by the authority with the first, then the authority's own.

    `names` are what it is valid for, DNS names and addresses with `+` between them. Raises ConfigError.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if len(values) != 2:
        raise ConfigError("a certificate is made of two keys: the authority's and its own", "name both secrets")
    issuer, own = _key(values[0]), _key(values[1])
    root = _authority(issuer)
    names = [name for name in options.get("names", "localhost").split("+") if name]
    if not names:
        raise ConfigError("a certificate needs a name", "write names=localhost")
    builder = (
        _builder(own, _name(names[0]), root.subject, issuer)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return f"{_pem(_signed(builder, issuer))}\n{_pem(root)}"


def _authority(key: EllipticCurvePrivateKey) -> Certificate:
    from cryptography import x509

    usage: dict[str, Any] = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    name = _name(AUTHORITY)
    builder = (
        _builder(key, name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    )
    return _signed(builder, key)


def _builder(
    key: EllipticCurvePrivateKey, subject: Name, issuer: Name, issuer_key: EllipticCurvePrivateKey
) -> CertificateBuilder:
    from cryptography import x509

    public = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # 20 bytes at most, the first bit 0; of both keys, since one authority must give no number twice.
    serial = int.from_bytes(hashlib.sha256(public.digest + subject.public_bytes()).digest()[:19])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + LIFE)
        .add_extension(public, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _signed(builder: CertificateBuilder, key: EllipticCurvePrivateKey) -> Certificate:
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def _key(pem: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        key = None  # its message may quote what it was given
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ConfigError(
            "a certificate is to be made of a secret that is no EC key in PEM",
            "make it again: stackctl secrets generate",
        )
    return key


def _name(text: str) -> Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(found: Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return found.public_bytes(Encoding.PEM).decode().strip()


AUTHORITY_DERIVATION = Derivation(authority)
CERTIFICATE_DERIVATION = Derivation(certificate, ("names",))
