"""Key files: made once, mode 0600, never overwritten; month keys with validity intervals."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from nacl.public import PrivateKey
from nacl.signing import SigningKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from shared.identity import new_key
from shared.site.files import create_private, read_text
from shared.site.refusals import KeyInvalidError, KeyMissingError, NoSealKeyError, SiteFileError

KEY_BYTES: Final = 32
LAID_OUT_AHEAD: Final = timedelta(days=14)
SECRET_OUTLIVES_MONTH: Final = timedelta(days=90)
_CREATE_HINT: Final = (
    "Put the file back from your key backup, or run 'peerline tenant create TENANT'."
)


class SealKeyFile(BaseModel):
    """The public half of a month key as it stands in `keys/seal/<YYYY-MM>.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    public: str
    not_before: AwareDatetime
    not_after: AwareDatetime


@dataclass(frozen=True, slots=True)
class SealKey:
    """A month's public key, for sealing from `not_before` until before `not_after`."""

    month: str
    public: bytes
    not_before: datetime
    not_after: datetime

    def is_valid(self, at: datetime) -> bool:
        """Say whether identifiers may be sealed to it at that moment."""
        return self.not_before <= at < self.not_after


def encode_key(key: bytes) -> str:
    """Return the text of a key file."""
    return base64.b64encode(key).decode() + "\n"


def decode_key(path: Path, text: str) -> bytes:
    """Return the 32 bytes of a key file.

    Raises:
        KeyInvalidError: when it holds anything else.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyInvalidError(f"{path}: this is no key of {KEY_BYTES} bytes (base64)", _CREATE_HINT)
    return key


def read_key(path: Path) -> bytes:
    """Return the key in the file.

    Raises:
        KeyMissingError: when there is no file.
        KeyInvalidError: when it holds no key.
    """
    if not path.exists():
        raise KeyMissingError(f"{path}: the key file is missing", _CREATE_HINT)
    return decode_key(path, read_text(path, _CREATE_HINT))


def create_key(path: Path) -> bool:
    """Make a new random key; False when there is one already, which is left alone."""
    return create_private(path, encode_key(new_key(KEY_BYTES)))


def create_rule_pair(folder: Path, name: str) -> bool:
    """Make `<name>.secret` and `<name>.pub` (Ed25519) to approve rule sets; False if there."""
    if (folder / f"{name}.pub").exists():
        return False  # its secret may be elsewhere on purpose; another one would not fit
    create_private(folder / f"{name}.secret", encode_key(new_key(KEY_BYTES)))
    seed = read_key(folder / f"{name}.secret")
    return create_private(folder / f"{name}.pub", encode_key(bytes(SigningKey(seed).verify_key)))


def month_of(at: datetime) -> str:
    """Return `YYYY-MM` of the moment in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m")


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Return the first moment of the month and that of the next one, UTC."""
    begins = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    ends = (begins + timedelta(days=32)).replace(day=1)
    return begins, ends


def months_due(now: datetime) -> tuple[str, ...]:
    """Return this month, and the next one from 14 days before it begins."""
    return tuple(sorted({month_of(now), month_of(now + LAID_OUT_AHEAD)}))


def lay_out_seal_keys(folder: Path, now: datetime) -> tuple[str, ...]:
    """Make the month keys that are due and not there yet; return their months."""
    return tuple(month for month in months_due(now) if _create_month(folder, month))


def _create_month(folder: Path, month: str) -> bool:
    if (folder / f"{month}.json").exists():
        return False  # an intake host has no secrets; another one would not fit
    # The secret first: a public key without its secret would seal what nobody can ever open.
    secret = folder / f"{month}.secret"
    create_private(secret, encode_key(new_key(KEY_BYTES)))
    begins, ends = month_bounds(month)
    public = bytes(PrivateKey(read_key(secret)).public_key)
    file = SealKeyFile(
        month=month,
        public=base64.b64encode(public).decode(),
        not_before=begins,
        not_after=ends,
    )
    return create_private(folder / f"{month}.json", file.model_dump_json(indent=1) + "\n")


def destroy_old_secrets(folder: Path, now: datetime) -> tuple[str, ...]:
    """Delete the secrets of months that ended more than 90 days ago; return their months."""
    gone = []
    for secret in sorted(folder.glob("*.secret")):
        if month_bounds(secret.stem)[1] + SECRET_OUTLIVES_MONTH <= now:
            secret.unlink()
            gone.append(secret.stem)
    return tuple(gone)


def read_seal_keys(folder: Path) -> tuple[SealKey, ...]:
    """Return all month keys of the folder, oldest first.

    Raises:
        SiteFileError: when a key file says something else.
        KeyInvalidError: when its key is none.
    """
    return tuple(_read_seal_key(path) for path in sorted(folder.glob("*.json")))


def _read_seal_key(path: Path) -> SealKey:
    hint = "Restore the file from your backup; do not edit key files."
    try:
        file = SealKeyFile.model_validate_json(read_text(path, hint))
    except ValidationError:
        raise SiteFileError(path, "this is no month key", hint) from None
    return SealKey(file.month, decode_key(path, file.public), file.not_before, file.not_after)


def choose_seal_key(keys: Sequence[SealKey], at: datetime, folder: Path) -> SealKey:
    """Return the newest key that is valid at the moment.

    Raises:
        NoSealKeyError: when none is; intake is not ready then.
    """
    valid = [key for key in keys if key.is_valid(at)]
    if not valid:
        raise NoSealKeyError(
            f"{folder}: no month key is valid in {month_of(at)}, "
            "so staff identifiers cannot be sealed",
            "Run 'peerline config keys' and give intake the new public key.",
        )
    return max(valid, key=lambda key: key.not_before)
