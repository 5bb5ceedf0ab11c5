"""Tokens and client certificates: whose a request is, decided before its body is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.intake.http.client_certificates import ClientCertificates
from shared.clock import Clock
from shared.site.credentials import Credential, check_certificate, check_token
from shared.site.refusals import TokenRefusedError

_SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request shows: its Authorization and Client-Cert headers, and who is connected."""

    authorization: Sequence[str] = ()
    certificate: Sequence[str] = ()
    peer: str | None = None


class Authentication:
    """Checks a request's claim against the site's credentials, as they are now."""

    def __init__(
        self,
        credentials: Callable[[], Sequence[Credential]],
        clock: Clock,
        certificates: ClientCertificates | None = None,
    ) -> None:
        """Take where credentials come from; the file behind it is read again when it changes.

        `certificates` None: only tokens open anything.
        """
        self._credentials = credentials
        self._clock = clock
        self._certificates = certificates or ClientCertificates((), b"", clock)

    def __call__(self, claim: Claim) -> Credential:
        """Return the credential of the one Authorization header, else of the certificate.

        Raises:
            TokenRefusedError: there is neither, or more than one, or it opens nothing; its
                `reason` is one of missing, malformed, unknown, expired, ambiguous, untrusted.
            SiteError: the credentials cannot be read.
        """
        hint = "Send one header 'Authorization: Bearer plt_...'; the operator makes tokens."
        headers = claim.authorization
        if not headers:
            names = self._certificates.names(claim.peer, claim.certificate)
            if names is None:
                raise TokenRefusedError("missing", hint)
            return check_certificate(names, self._credentials(), self._clock.now())
        scheme, token = headers[0][: len(_SCHEME)], headers[0][len(_SCHEME) :]
        if len(headers) > 1 or scheme.lower() != _SCHEME:
            raise TokenRefusedError("malformed", hint)
        return check_token(token.strip(), self._credentials(), self._clock.now())
