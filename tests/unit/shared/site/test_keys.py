"""Key files: made once, private, with validity by month."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.signing import SigningKey, VerifyKey

from shared.site.keys import (
    create_key,
    create_rule_pair,
    destroy_old_secrets,
    lay_out_seal_keys,
    month_bounds,
    months_due,
    read_key,
    read_seal_keys,
)
from shared.site.refusals import KeyInvalidError, KeyMissingError, NoSealKeyError, SiteFileError
from shared.site.site import Site
from tests.builders.site import NOW, a_site


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """Making it again says so and leaves the first one in place."""
    path = tmp_path / "raw.key"
    made = create_key(path)
    first = read_key(path)

    again = create_key(path)

    assert (made, again) == (True, False)
    assert read_key(path) == first
    assert len(first) == 32


def test_key_files_are_private(tmp_path: Path) -> None:
    """Every file under keys/ has mode 0600 and no draft is left behind."""
    site = a_site(tmp_path)

    files = [path for path in site.root.rglob("*") if path.is_file()]

    assert len(files) == 8
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not [path for path in files if path.name.startswith(".")]


@pytest.mark.parametrize("text", ["", "not base64!", "c2hvcnQ="])
def test_a_damaged_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    """The file is named, its content is not."""
    path = tmp_path / "raw.key"
    path.write_text(text)

    with pytest.raises(KeyInvalidError, match=r"raw\.key") as refused:
        read_key(path)

    assert not text or text not in str(refused.value)


def test_a_missing_key_says_where_it_should_be(tmp_path: Path) -> None:
    """The path and the way out are in the message."""
    with pytest.raises(KeyMissingError, match=r"pseudonym\.key") as refused:
        Site(tmp_path).pseudonym_key("northwick")

    assert "backup" in refused.value.hint


@pytest.mark.parametrize(
    ("now", "months"),
    [
        (datetime(2026, 3, 10, tzinfo=UTC), ("2026-03",)),
        (datetime(2026, 3, 18, tzinfo=UTC), ("2026-03", "2026-04")),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), ("2026-12", "2027-01")),
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), ("2026-01", "2026-02")),
    ],
)
def test_next_months_key_is_due_14_days_ahead(now: datetime, months: tuple[str, ...]) -> None:
    """Long enough before the month for a person to carry the public half to intake."""
    assert months_due(now) == months


def test_month_keys_are_laid_out_once(tmp_path: Path) -> None:
    """Repeating it makes nothing new."""
    first = lay_out_seal_keys(tmp_path, NOW)
    before = (tmp_path / "2026-03.secret").read_text()

    second = lay_out_seal_keys(tmp_path, NOW)

    assert (first, second) == (("2026-03",), ())
    assert (tmp_path / "2026-03.secret").read_text() == before


def test_a_lost_public_half_is_made_again_from_the_secret(tmp_path: Path) -> None:
    """What was sealed before stays readable."""
    lay_out_seal_keys(tmp_path, NOW)
    before = read_seal_keys(tmp_path)
    (tmp_path / "2026-03.json").unlink()

    lay_out_seal_keys(tmp_path, NOW)

    assert read_seal_keys(tmp_path) == before


def test_the_key_of_the_moment_is_chosen(tmp_path: Path) -> None:
    """The month changes in UTC, to the second."""
    site = a_site(tmp_path, now=NOW)
    lay_out_seal_keys(site.seal_folder, NOW + timedelta(days=20))
    april = month_bounds("2026-04")[0]

    assert site.seal_key(april - timedelta(seconds=1)).month == "2026-03"
    assert site.seal_key(april).month == "2026-04"


def test_no_key_for_the_month_is_a_refusal_with_advice(tmp_path: Path) -> None:
    """Intake is not ready then, and the operator reads what to run."""
    site = a_site(tmp_path, now=NOW)

    with pytest.raises(NoSealKeyError, match="2026-05") as refused:
        site.seal_key(datetime(2026, 5, 1, tzinfo=UTC))

    assert "peerline config keys" in refused.value.hint


def test_a_month_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """A foreign file in the folder does not pass as a key."""
    (tmp_path / "2026-03.json").write_text('{"month": "2026-13"}')

    with pytest.raises(SiteFileError, match="no month key"):
        read_seal_keys(tmp_path)


def test_secrets_die_90_days_after_their_month(tmp_path: Path) -> None:
    """March's key dies on 30 June; its public half stays for the record."""
    lay_out_seal_keys(tmp_path, NOW)
    end = month_bounds("2026-03")[1] + timedelta(days=90)

    early = destroy_old_secrets(tmp_path, end - timedelta(seconds=1))
    late = destroy_old_secrets(tmp_path, end)

    assert (early, late) == ((), ("2026-03",))
    assert [path.name for path in tmp_path.iterdir()] == ["2026-03.json"]


def test_a_destroyed_secret_is_gone_for_a_running_site(tmp_path: Path) -> None:
    """A service that has read it before does not keep it."""
    site = a_site(tmp_path)
    site.seal_secret("2026-03")

    destroy_old_secrets(site.seal_folder, NOW + timedelta(days=200))

    with pytest.raises(KeyMissingError):
        site.seal_secret("2026-03")


def test_a_rule_pair_signs_and_verifies(tmp_path: Path) -> None:
    """Secret and public half belong together; a second call changes neither."""
    site = a_site(tmp_path)

    signature = SigningKey(site.rule_secret("rules-admin")).sign(b"activation").signature

    assert VerifyKey(site.rule_public_keys()["rules-admin"]).verify(b"activation", signature)
    assert create_rule_pair(site.rules_folder, "rules-admin") is False


def test_a_host_without_secrets_gets_none_that_do_not_fit(tmp_path: Path) -> None:
    """Intake and triage hosts hold only public halves; a second secret would open nothing."""
    site = a_site(tmp_path)
    for secret in (*site.seal_folder.glob("*.secret"), *site.rules_folder.glob("*.secret")):
        secret.unlink()

    made = lay_out_seal_keys(site.seal_folder, NOW)
    paired = create_rule_pair(site.rules_folder, "rules-admin")

    assert (made, paired) == ((), False)
    assert not [*site.root.rglob("*.secret")]
