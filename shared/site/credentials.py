"""Publishers' credentials: tokens `plt_<id>_<secret>` and names of client certificates.

A token is made once and shown once; only its SHA-256 is stored.
"""

import base64
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Self, TypeAlias

from pydantic import (
    AwareDatetime,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from shared.contracts.values import Slug
from shared.identity import new_key, same_secret, sha256_hex
from shared.site.files import read_text, replace_private
from shared.site.refusals import SiteError, SiteFileError, TokenRefusedError
from shared.site.spelling import Setting, faults

LONGEST_VALIDITY: Final = timedelta(days=180)
_TOKEN: Final = re.compile(r"plt_[a-z0-9]{4,32}_[A-Za-z0-9_-]{32,128}")


CertificateName: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/*@-]{2,253}$")
]


class Credential(Setting):
    """What one token or client certificate opens: a tenant, source systems, any or some formats.

    `certificate` is a subject alternative name (DNS name or URI) of the publisher's certificate.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4,32}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, repr=False
    )
    certificate: CertificateName | None = None
    tenant: Slug
    source_systems: Annotated[tuple[Slug, ...], Field(min_length=1)]
    formats: tuple[Slug, ...] | None = None
    expires_at: AwareDatetime

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.sha256 is None) == (self.certificate is None):
            raise ValueError("give either sha256 (of a token) or certificate (a name in it)")
        return self

    def may_send(self, source_system: str, format_name: str) -> bool:
        """Say whether the token is for that source system and format."""
        return source_system in self.source_systems and (
            self.formats is None or format_name in self.formats
        )


_FILE: Final = TypeAdapter(tuple[Credential, ...])


def read_credentials(path: Path) -> tuple[Credential, ...]:
    """Return the credentials of the file; none when there is no file yet.

    Raises:
        SiteFileError: when the file is damaged or one id stands twice.
    """
    if not path.exists():
        return ()
    hint = "Correct the file, or make a new token with 'peerline tenant token TENANT'."
    try:
        credentials = _FILE.validate_json(read_text(path, hint))
    except ValidationError as error:
        raise SiteFileError(path, "; ".join(faults(error)), hint) from None
    ids = [credential.id for credential in credentials]
    if len(ids) != len(set(ids)):
        raise SiteFileError(path, "one credential id stands twice", hint)
    return credentials


def write_credentials(path: Path, credentials: Iterable[Credential]) -> None:
    """Replace the file in one step, mode 0600; running services read it again by themselves."""
    document = _FILE.dump_json(tuple(credentials), indent=1, exclude_none=True)
    replace_private(path, document.decode() + "\n")


def make_token(
    tenant: str, source_systems: Sequence[str], now: datetime, validity: timedelta
) -> tuple[str, Credential]:
    """Return a new token's text, which is nowhere else, and its credential.

    Raises:
        SiteError: when it would be valid for longer than 180 days, or not at all.
    """
    if not timedelta(0) < validity <= LONGEST_VALIDITY:
        raise SiteError(
            "a token is valid for 1 to 180 days", "Choose --expires-days between 1 and 180."
        )
    identity = new_key(5).hex()
    secret = base64.urlsafe_b64encode(new_key(32)).decode().rstrip("=")
    token = f"plt_{identity}_{secret}"
    credential = Credential(
        id=identity,
        sha256=sha256_hex(token.encode()),
        tenant=tenant,
        source_systems=tuple(source_systems),
        expires_at=(now + validity).replace(microsecond=0),
    )
    return token, credential


def check_certificate(
    names: Collection[str], credentials: Iterable[Credential], at: datetime
) -> Credential:
    """Return the credential that a verified client certificate with these names opens.

    Raises:
        TokenRefusedError: reason unknown, ambiguous (two credentials claim its names) or expired.
    """
    hint = "Ask the operator of Peerline to enter a name of the certificate (docs/operator.md)."
    matching = [known for known in credentials if known.certificate in names]
    if not matching:
        raise TokenRefusedError("unknown", hint)
    if len(matching) > 1:
        raise TokenRefusedError("ambiguous", hint)
    if at >= matching[0].expires_at:
        raise TokenRefusedError("expired", hint)
    return matching[0]


def check_token(token: str, credentials: Iterable[Credential], at: datetime) -> Credential:
    """Return the credential that the token opens; every credential is compared, in constant time.

    Raises:
        TokenRefusedError: reason malformed, unknown or expired.
    """
    hint = "Ask the operator of Peerline for a token ('peerline tenant token TENANT')."
    if not _TOKEN.fullmatch(token):
        raise TokenRefusedError("malformed", hint)
    digest = sha256_hex(token.encode())
    matching = [
        known
        for known in credentials
        if known.sha256 is not None and same_secret(known.sha256, digest)
    ]
    if not matching:
        raise TokenRefusedError("unknown", hint)
    if at >= matching[0].expires_at:
        raise TokenRefusedError("expired", hint)
    return matching[0]
