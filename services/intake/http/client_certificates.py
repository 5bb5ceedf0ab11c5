"""Client certificates that a proxy has seen: believed from its address alone, and verified again.

The proxy ends TLS and passes the certificate on in the header Client-Cert (RFC 9440: base64 DER
between colons; nginx's $ssl_client_escaped_cert is read too). Anybody could write that header, so
it counts only from a proxy's address, and the certificate must come from the site's own authority.
"""

import base64
import binascii
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from shared.clock import Clock
from shared.site.refusals import TokenRefusedError

HEADER: Final = "client-cert"
LONGEST: Final = 16_384
_PEM: Final = b"-----BEGIN CERTIFICATE-----"
_HINT: Final = "Ask the operator which certificate authority Peerline trusts, or use a token."
Network: TypeAlias = IPv4Network | IPv6Network


class ClientCertificates:
    """Says which names a request's certificate carries; without proxies it says nothing at all."""

    def __init__(self, proxies: Collection[Network], authorities: bytes, clock: Clock) -> None:
        """Take the proxies' networks and the PEM certificates of trusted authorities.

        Raises:
            ValueError: proxies are named, and `authorities` holds no certificate.
        """
        self._proxies = tuple(proxies)
        self._clock = clock
        self._store = Store(x509.load_pem_x509_certificates(authorities)) if proxies else None

    def names(self, peer: str | None, headers: Sequence[str]) -> frozenset[str] | None:
        """Return the DNS names and URIs of the certificate; None where there is none to believe.

        Raises:
            TokenRefusedError: a proxy passed on a certificate that is malformed, or untrusted:
                another authority's, or not valid now.
        """
        if self._store is None or not headers or not self._is_proxy(peer):
            return None
        if len(headers) > 1 or len(headers[0]) > LONGEST:
            raise TokenRefusedError("malformed", _HINT)
        policy = PolicyBuilder().store(self._store).time(self._clock.now())
        try:
            certificate = x509.load_der_x509_certificate(_der(headers[0]))
            policy.build_client_verifier().verify(certificate, [])
            return _names(certificate)
        except VerificationError:
            raise TokenRefusedError("untrusted", _HINT) from None
        except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
            raise TokenRefusedError("malformed", _HINT) from None

    def _is_proxy(self, peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


def _der(header: str) -> bytes:
    text = header.strip()
    if text.startswith(":") and text.endswith(":"):
        try:
            return base64.b64decode(text[1:-1], validate=True)
        except binascii.Error:
            raise ValueError from None
    pem = unquote_to_bytes(text)
    if not pem.startswith(_PEM):
        raise ValueError
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    dns = found.get_values_for_type(x509.DNSName)
    return frozenset(dns) | frozenset(found.get_values_for_type(x509.UniformResourceIdentifier))
