"""A certificate authority of a hospital's own, and client certificates from it."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.builders.site import NOW

DAY = timedelta(days=1)
_USAGE = {
    "digital_signature": True,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


class Authority:
    """Signs certificates, valid from a day before `now` to 30 days after it by default."""

    def __init__(self, name: str = "Northwick CA", *, now: datetime = NOW) -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(**(_USAGE | {"key_cert_sign": True, "crl_sign": True}))
        self._certificate = (
            self._builder(self._name, self._key.public_key(), now + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, SHA256())
        )

    @property
    def pem(self) -> bytes:
        """Return the authority's own certificate."""
        return self._certificate.public_bytes(Encoding.PEM)

    def client(
        self, *names: str, uris: Sequence[str] = (), until: datetime = NOW + 30 * DAY
    ) -> x509.Certificate:
        """Return a client certificate with these subject alternative names."""
        own = [*map(x509.DNSName, names), *map(x509.UniformResourceIdentifier, uris)]
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return (
            self._builder(x509.Name([]), key, until)
            .add_extension(x509.SubjectAlternativeName(own), critical=True)
            .add_extension(x509.KeyUsage(**_USAGE), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, SHA256())
        )

    def broker(self, name: str) -> bytes:
        """Return key and certificate, one PEM, of a broker on the loopback address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        where = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            self._builder(subject, key.public_key(), self._now + 30 * DAY)
            .add_extension(where, critical=False)
            .add_extension(x509.KeyUsage(**_USAGE), critical=True)
            .add_extension(x509.ExtendedKeyUsage(both), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + certificate.public_bytes(Encoding.PEM)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - DAY)
            .not_valid_after(until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def as_header(certificate: x509.Certificate) -> str:
    """Return the header as RFC 9440 spells it."""
    return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"


def as_nginx_header(certificate: x509.Certificate) -> str:
    """Return the header as nginx' $ssl_client_escaped_cert does."""
    return quote(certificate.public_bytes(Encoding.PEM).decode())
