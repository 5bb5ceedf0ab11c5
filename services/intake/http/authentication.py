"""Bearer tokens: which tenant a request is for, decided before its body is read."""

from collections.abc import Callable, Sequence

from shared.clock import Clock
from shared.site.credentials import Credential, check_token
from shared.site.refusals import TokenRefusedError

_SCHEME = "bearer "


class Authentication:
    """Checks the Authorization header against the site's credentials, as they are now."""

    def __init__(self, credentials: Callable[[], Sequence[Credential]], clock: Clock) -> None:
        """Take where credentials come from; the file behind it is read again when it changes."""
        self._credentials = credentials
        self._clock = clock

    def __call__(self, headers: Sequence[str]) -> Credential:
        """Return the credential of the one Authorization header.

        Raises:
            TokenRefusedError: there is none or more than one, or the token opens nothing; its
                `reason` is one of missing, malformed, unknown, expired.
            SiteError: the credentials cannot be read.
        """
        hint = "Send one header 'Authorization: Bearer plt_...'; the operator makes tokens."
        if not headers:
            raise TokenRefusedError("missing", hint)
        scheme, token = headers[0][: len(_SCHEME)], headers[0][len(_SCHEME) :]
        if len(headers) > 1 or scheme.lower() != _SCHEME:
            raise TokenRefusedError("malformed", hint)
        return check_token(token.strip(), self._credentials(), self._clock.now())
