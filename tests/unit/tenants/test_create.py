"""Creating tenants: what is made, and that repeating it changes nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.tenants.create import NewTenant, create_tenant
from services.tenants.refusals import TenantCommandError, TenantNameError, TokenLimitError
from services.tenants.tokens import issue_token, revoke_token, valid_credentials
from shared.contracts.words import OrderingKey
from shared.site.credentials import check_token
from shared.site.refusals import TokenRefusedError
from shared.site.site import Site
from tests.builders.site import NOW, a_site, a_tenant_document, a_tenant_file

NORTHWICK = NewTenant(
    "northwick",
    zone="Europe/London",
    sources=(("datix", OrderingKey.UPDATED_AT),),
    programme=(("telephone", "+44 20 7946 0000"),),
)
MONTH = timedelta(days=30)


def content(folder: Path) -> dict[str, bytes]:
    """Return every file's bytes by path."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_tenant_has_all_that_services_ask_for(tmp_path: Path) -> None:
    """Settings, keys, a month key and a token that opens it."""
    site = Site(tmp_path)

    created = create_tenant(site, NORTHWICK, NOW)

    tenant = site.tenant("northwick")
    assert tenant.zone == "Europe/London"
    assert tenant.sources["datix"].ordering is OrderingKey.UPDATED_AT
    assert tenant.programme.telephone == "+44 20 7946 0000"
    assert site.pseudonym_key("northwick") != site.raw_key("northwick")
    assert site.seal_key(NOW).month == "2026-03"
    assert created.token is not None
    assert check_token(created.token, site.credentials(), NOW).source_systems == ("datix",)


def test_repeating_changes_no_file(tmp_path: Path) -> None:
    """Other options the second time do not touch what is there, and no second token is made."""
    site = Site(tmp_path)
    create_tenant(site, NORTHWICK, NOW)
    before = content(tmp_path)

    again = create_tenant(site, replace(NORTHWICK, zone="Europe/Paris"), NOW)

    assert content(tmp_path) == before
    assert again.token is None
    assert not again.settings_are_new
    assert again.keys_made == ()


def test_a_lost_piece_is_made_again_and_nothing_else(tmp_path: Path) -> None:
    """The command mends what was interrupted."""
    site = Site(tmp_path)
    create_tenant(site, NORTHWICK, NOW)
    before = content(tmp_path)
    site.message_id_file.unlink()

    again = create_tenant(site, NORTHWICK, NOW)

    assert again.keys_made == ("keys/message-id.key",)
    changed = {path for path, data in content(tmp_path).items() if before[path] != data}
    assert changed == {str(site.message_id_file)}


def test_tenants_share_nothing_but_the_sites_own_keys(tmp_path: Path) -> None:
    """Each has pseudonym and raw keys of its own."""
    site = Site(tmp_path)
    create_tenant(site, NORTHWICK, NOW)

    second = create_tenant(site, replace(NORTHWICK, name="harrow"), NOW)

    assert site.pseudonym_key("northwick") != site.pseudonym_key("harrow")
    assert second.keys_made == (
        "tenants/harrow/keys/pseudonym.key",
        "tenants/harrow/keys/raw.key",
    )


@pytest.mark.parametrize("name", ["", "Northwick", "../up", "a b", "x" * 64])
def test_an_impossible_name_writes_nothing(tmp_path: Path, name: str) -> None:
    """Refused before the first file."""
    with pytest.raises(TenantNameError):
        create_tenant(Site(tmp_path / "config"), replace(NORTHWICK, name=name), NOW)

    assert not (tmp_path / "config").exists()


def test_units_come_from_the_table(tmp_path: Path) -> None:
    """Words that YAML would take for something else survive the file."""
    table = tmp_path / "units.csv"
    table.write_text("unit_id,campus,alias:datix\nno,012,21:00|yes\n")
    site = Site(tmp_path / "config")

    create_tenant(site, replace(NORTHWICK, units=table), NOW)

    unit = site.tenant("northwick").units["no"]
    assert unit.campus == "012"
    assert unit.aliases["datix"] == ("21:00", "yes")


def test_the_token_is_hidden_when_the_result_is_printed(tmp_path: Path) -> None:
    """An assertion message or a log of the value shows no secret."""
    created = create_tenant(Site(tmp_path), NORTHWICK, NOW)

    assert created.token is not None
    assert created.token not in repr(created)


def test_rotation_has_two_tokens_never_three(tmp_path: Path) -> None:
    """The third is refused with the command that ends the oldest."""
    site = a_site(tmp_path)
    tenant = site.tenant("northwick")
    first = issue_token(site, tenant, (), NOW, timedelta(days=10))
    second = issue_token(site, tenant, (), NOW, MONTH)

    with pytest.raises(TokenLimitError) as refused:
        issue_token(site, tenant, (), NOW, MONTH)

    assert f"--revoke {first.credential.id}" in refused.value.hint
    assert [known.id for known in valid_credentials(site, "northwick", NOW)] == [
        first.credential.id,
        second.credential.id,
    ]


def test_a_token_for_other_systems_does_not_count(tmp_path: Path) -> None:
    """Two publishers of one hospital rotate apart."""
    site = a_site(tmp_path)
    tenant = site.tenant("northwick")
    for _ in range(2):
        issue_token(site, tenant, ("datix",), NOW, MONTH)

    other = issue_token(site, tenant, ("fhir-hub",), NOW, MONTH)

    assert other.credential.source_systems == ("fhir-hub",)


def test_an_expired_token_makes_room(tmp_path: Path) -> None:
    """Only valid ones count."""
    site = a_site(tmp_path)
    tenant = site.tenant("northwick")
    for _ in range(2):
        issue_token(site, tenant, (), NOW, MONTH)

    issue_token(site, tenant, (), NOW + MONTH, MONTH)

    assert len(valid_credentials(site, "northwick", NOW + MONTH)) == 1


def test_a_revoked_token_opens_nothing(tmp_path: Path) -> None:
    """And the other one still does."""
    site = a_site(tmp_path)
    tenant = site.tenant("northwick")
    first = issue_token(site, tenant, (), NOW, MONTH)
    second = issue_token(site, tenant, (), NOW, MONTH)

    revoke_token(site, "northwick", first.credential.id)

    with pytest.raises(TokenRefusedError):
        check_token(first.token, site.credentials(), NOW)
    assert check_token(second.token, site.credentials(), NOW) == second.credential


def test_another_tenants_token_cannot_be_revoked(tmp_path: Path) -> None:
    """The id must be the named tenant's."""
    site = a_site(tmp_path, "northwick", "harrow")
    issued = issue_token(site, site.tenant("harrow"), (), NOW, MONTH)

    with pytest.raises(TenantCommandError, match="'northwick' has no token"):
        revoke_token(site, "northwick", issued.credential.id)


def test_a_token_for_an_unknown_system_is_refused(tmp_path: Path) -> None:
    """With the likely name."""
    site = a_site(tmp_path)

    with pytest.raises(TenantCommandError, match="did you mean 'datix'"):
        issue_token(site, site.tenant("northwick"), ("datx",), NOW, MONTH)


def test_a_tenant_without_sources_gets_no_token(tmp_path: Path) -> None:
    """There is nothing it could open."""
    site = a_site(tmp_path)
    a_tenant_file(site, a_tenant_document(sources={}))

    with pytest.raises(TenantCommandError, match="no source system"):
        issue_token(site, site.tenant("northwick"), (), NOW, MONTH)
    assert create_tenant(site, NORTHWICK, NOW).token is None
