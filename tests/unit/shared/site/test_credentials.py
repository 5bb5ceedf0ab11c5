"""Publishers' tokens: what opens, what does not, and that the secret is stored nowhere."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.site.credentials import (
    check_token,
    make_token,
    read_credentials,
    write_credentials,
)
from shared.site.refusals import SiteError, SiteFileError, TokenRefusedError
from tests.builders.site import NOW, a_site, a_token

MONTH = timedelta(days=30)


def test_a_fresh_token_opens_its_tenant_and_systems(tmp_path: Path) -> None:
    """The credential comes back with what the token is bound to."""
    site = a_site(tmp_path)
    token = a_token(site, "northwick", "datix", "fhir-hub")

    credential = check_token(token, site.credentials(), NOW)

    assert credential.tenant == "northwick"
    assert credential.source_systems == ("datix", "fhir-hub")
    assert credential.may_send("datix", "native")
    assert not credential.may_send("rl6", "native")


def test_a_credential_bound_to_formats_refuses_the_others() -> None:
    """`formats` narrows what a token may send."""
    _, credential = make_token("northwick", ["datix"], NOW, MONTH)

    bound = credential.model_copy(update={"formats": ("fhir",)})

    assert bound.may_send("datix", "fhir")
    assert not bound.may_send("datix", "native")


def test_the_secret_is_not_on_disk(tmp_path: Path) -> None:
    """No file of the folder contains the token or its secret half."""
    site = a_site(tmp_path)
    token = a_token(site)
    secret = token.split("_", 2)[2]

    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert token.startswith("plt_")
    assert secret.encode() not in written
    assert site.credentials_file.stat().st_mode & 0o777 == 0o600


def test_an_expired_token_is_refused_from_that_second_on(tmp_path: Path) -> None:
    """Expiry is exclusive: one second before it opens, at it not."""
    site = a_site(tmp_path)
    token = a_token(site, days=1)
    end = NOW + timedelta(days=1)

    check_token(token, site.credentials(), end - timedelta(seconds=1))

    with pytest.raises(TokenRefusedError) as refused:
        check_token(token, site.credentials(), end)
    assert refused.value.reason == "expired"


def test_a_token_changed_in_one_character_is_unknown(tmp_path: Path) -> None:
    """The hash covers the whole token."""
    site = a_site(tmp_path)
    token = a_token(site)
    other = token[:-1] + ("A" if token[-1] != "A" else "B")

    with pytest.raises(TokenRefusedError) as refused:
        check_token(other, site.credentials(), NOW)

    assert refused.value.reason == "unknown"
    assert other not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    "token", ["", "plt_", "Bearer x", "plt_abcd_short", "plt_ABCD_" + "x" * 43]
)
def test_what_is_no_token_is_malformed(token: str) -> None:
    """The form is checked before any comparison."""
    with pytest.raises(TokenRefusedError) as refused:
        check_token(token, (), NOW)

    assert refused.value.reason == "malformed"


def test_two_tokens_are_valid_at_once_for_rotation(tmp_path: Path) -> None:
    """A second token does not end the first."""
    site = a_site(tmp_path)
    first, second = a_token(site), a_token(site)

    found = [check_token(token, site.credentials(), NOW).id for token in (first, second)]

    assert len(set(found)) == 2


@pytest.mark.parametrize("days", [0, -1, 181])
def test_a_validity_beyond_180_days_is_refused(days: int) -> None:
    """Tokens must be changed twice a year."""
    with pytest.raises(SiteError, match="1 to 180 days"):
        make_token("northwick", ["datix"], NOW, timedelta(days=days))


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """A revoked token stops working without a restart."""
    site = a_site(tmp_path)
    token = a_token(site)
    check_token(token, site.credentials(), NOW)

    write_credentials(site.credentials_file, ())

    with pytest.raises(TokenRefusedError):
        check_token(token, site.credentials(), NOW)


def test_a_file_that_becomes_broken_fails_closed(tmp_path: Path) -> None:
    """The credentials of before are not kept alive by a typing mistake."""
    site = a_site(tmp_path)
    a_token(site)
    site.credentials()

    site.credentials_file.write_text("[{")

    with pytest.raises(SiteFileError, match=r"credentials\.json"):
        site.credentials()


def test_a_misspelt_field_is_named_without_the_hash(tmp_path: Path) -> None:
    """The message says which field was meant and shows no value."""
    site = a_site(tmp_path)
    a_token(site)
    text = site.credentials_file.read_text()
    site.credentials_file.write_text(text.replace('"tenant"', '"tenent"'))

    with pytest.raises(
        SiteFileError, match=r"'tenent' is no field - did you mean 'tenant'\?"
    ) as bad:
        read_credentials(site.credentials_file)

    assert "northwick" not in str(bad.value).removeprefix(str(site.credentials_file))


def test_one_id_twice_is_refused(tmp_path: Path) -> None:
    """An id names one credential."""
    _, credential = make_token("northwick", ["datix"], NOW, MONTH)
    path = tmp_path / "credentials.json"
    write_credentials(path, (credential, credential))

    with pytest.raises(SiteFileError, match="stands twice"):
        read_credentials(path)


def test_a_printed_credential_hides_its_hash() -> None:
    """Logs and assertion messages never carry it."""
    _, credential = make_token("northwick", ["datix"], NOW, MONTH)

    assert str(credential.sha256) not in repr(credential)
