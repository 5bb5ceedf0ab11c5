"""`peerline config check`: a whole site passes; each fault is found, explained, and alone."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.tenants.check import check_site
from services.tenants.check_sources import known_scales
from services.tenants.findings import Finding, Status, has_failed
from shared.site.credentials import write_credentials
from shared.site.keys import lay_out_seal_keys
from shared.site.site import Site
from tests.builders.site import NOW, a_site, a_tenant_document, a_tenant_file, a_token

Damage = Callable[[Site], object]


def a_whole_site(folder: Path) -> Site:
    """Return a site where a publisher can send and people can be reached."""
    site = a_site(folder, "northwick", "harrow")
    a_token(site, "northwick")
    a_token(site, "harrow")
    return site


def of_status(findings: tuple[Finding, ...], status: Status) -> list[Finding]:
    """Return the findings of one status."""
    return [finding for finding in findings if finding.status is status]


def test_a_whole_site_passes(tmp_path: Path) -> None:
    """No failure, and nothing to note."""
    findings = check_site(a_whole_site(tmp_path), NOW)

    assert not has_failed(findings)
    assert of_status(findings, Status.NOTE) == []
    assert {finding.topic for finding in findings if finding.subject == "northwick"} >= {
        "zone",
        "source datix",
        "privacy",
        "outreach",
        "programme",
        "keys",
        "credentials",
    }


def test_an_empty_folder_fails_and_teaches(tmp_path: Path) -> None:
    """The first thing to do is in the first finding."""
    findings = check_site(Site(tmp_path), NOW)

    assert has_failed(findings)
    assert "peerline tenant create" in findings[0].do


def edit(**change: Any) -> Damage:
    """Return damage that changes fields of northwick's settings."""
    return lambda site: a_tenant_file(site, a_tenant_document(**change))


def own_pack(text: str) -> Damage:
    """Return damage that gives northwick a pack of its own."""

    def write(site: Site) -> object:
        site.packs_folder("northwick").mkdir()
        return (site.packs_folder("northwick") / "ours.yaml").write_text(text)

    return write


def remove(path: str) -> Damage:
    """Return damage that deletes a file."""
    return lambda site: (site.root / path).unlink()


def mode(path: str, bits: int) -> Damage:
    """Return damage that opens a file to others."""
    return lambda site: (site.root / path).chmod(bits)


def no_tokens(site: Site) -> None:
    """Remove every credential."""
    write_credentials(site.credentials_file, ())


def long_token(site: Site) -> None:
    """Let a credential live for a year."""
    known = [
        known.model_copy(update={"expires_at": NOW + timedelta(days=365)})
        for known in site.credentials()
    ]
    write_credentials(site.credentials_file, known)


def copied_key(site: Site) -> None:
    """Give harrow the pseudonym key of northwick."""
    keys = "keys/pseudonym.key"
    shutil.copy(site.tenant_folder("northwick") / keys, site.tenant_folder("harrow") / keys)


def old_secret(site: Site) -> None:
    """Leave a month secret that should be gone."""
    lay_out_seal_keys(site.seal_folder, NOW - timedelta(days=200))


def one_topic_twice(site: Site) -> None:
    """Bind one source topic to two tenants."""
    for name in ("northwick", "harrow"):
        sources = {
            "datix": {"ordering": "updated_at", "topic": "shared"},
            "fhir-hub": {"ordering": "revision"},
        }
        a_tenant_file(site, a_tenant_document(name, sources=sources))


@pytest.mark.parametrize(
    ("damage", "topic", "said"),
    [
        (edit(zonne="UTC"), "settings", "did you mean 'zone'"),
        (edit(sources={}, units={}), "sources", "no report can be received"),
        (edit(sources={"datix": {"format": "fihr"}, "fhir-hub": {}}), "source datix", "'fhir'"),
        (edit(sources={"datix": {"pack": "rl6"}, "fhir-hub": {}}), "source datix", "harm_scale"),
        (edit(sources={"datix": {"pack": "rl7"}, "fhir-hub": {}}), "source datix", "'rl6'"),
        (own_pack("pack: ours\nversion: 1\n"), "packs", "the key `record_id` is missing"),
        (edit(units={"a": {"aliases": {"rl6": ["x"]}}}), "units", "'rl6', which is no source"),
        (
            edit(units={"a": {"aliases": {"datix": ["x"]}}, "b": {"aliases": {"datix": ["x"]}}}),
            "units",
            "'x' of 'datix' means 2 units",
        ),
        (one_topic_twice, "topics", "bound 2 times"),
        (
            remove("tenants/northwick/keys/pseudonym.key"),
            "keys",
            "pseudonym.key: the key file is missing",
        ),
        (remove("tenants/northwick/keys/raw.key"), "keys", "raw.key: the key file is missing"),
        (mode("tenants/northwick/keys/raw.key", 0o644), "keys", "mode 0644"),
        (copied_key, "keys", "that of 'harrow'"),
        (remove("keys/message-id.key"), "keys", "message-id.key: the key file is missing"),
        (mode("keys/rules/rules-admin.secret", 0o640), "keys", "mode 0640"),
        (remove("keys/rules/rules-admin.pub"), "rule approval", "trust no rule set"),
        (remove("keys/seal/2026-03.json"), "month keys", "intake is not ready"),
        (old_secret, "month keys", "should have been destroyed"),
        (mode("keys/seal/2026-03.secret", 0o604), "month keys", "mode 0604"),
        (no_tokens, "credentials", "answered 401"),
        (long_token, "credentials", "more than 180 days"),
        (mode("credentials.json", 0o622), "credentials", "others may change it"),
        (lambda site: site.credentials_file.write_text("["), "credentials", "opens anything"),
        (edit(sources={"datix": {}}), "credentials", "'fhir-hub', which is no source"),
    ],
)
def test_each_fault_is_found_and_explained(
    tmp_path: Path, damage: Damage, topic: str, said: str
) -> None:
    """One damage gives failures of its own topic only, with what to do."""
    site = a_whole_site(tmp_path)
    damage(site)

    failures = of_status(check_site(site, NOW), Status.FAIL)

    hits = [failure for failure in failures if failure.topic == topic and said in failure.says]
    assert hits, failures
    assert all(failure.do for failure in failures)
    assert {failure.topic for failure in failures} <= {topic, "credentials"}


def test_the_key_of_next_month_is_asked_for_14_days_ahead(tmp_path: Path) -> None:
    """A fortnight before intake would stop."""
    site = a_whole_site(tmp_path)

    early = check_site(site, NOW.replace(day=17))
    late = check_site(site, NOW.replace(day=18))

    assert not has_failed(early)
    assert "2026-04 is due" in of_status(late, Status.FAIL)[0].says


def test_a_token_of_no_tenant_is_found(tmp_path: Path) -> None:
    """Left over from a deleted tenant, or misspelt."""
    site = a_whole_site(tmp_path)
    a_token(site, "harow", "datix")

    failures = of_status(check_site(site, NOW), Status.FAIL)

    assert "did you mean 'harrow'" in failures[0].says


def test_what_works_but_should_be_settled_is_a_note(tmp_path: Path) -> None:
    """Programme fields, arrival order, an empty unit table, a token about to expire."""
    site = a_whole_site(tmp_path)
    a_tenant_file(
        site,
        a_tenant_document(programme={}, units={}, sources={"datix": {}, "fhir-hub": {}}),
    )

    findings = check_site(site, NOW + timedelta(days=5))
    later = check_site(site, NOW + timedelta(days=7, hours=1))

    notes = {finding.topic for finding in of_status(findings, Status.NOTE)}
    assert notes >= {"programme", "units", "source datix"}
    assert not has_failed(findings)
    assert "credentials" not in notes
    assert later == findings


def test_a_token_that_ends_soon_is_a_note(tmp_path: Path) -> None:
    """Thirty days are enough to change over."""
    site = a_site(tmp_path)
    a_token(site, days=29)

    notes = of_status(check_site(site, NOW), Status.NOTE)

    (note,) = [note for note in notes if note.topic == "credentials"]
    assert "peerline tenant token northwick" in note.do


def test_no_finding_shows_a_secret(tmp_path: Path) -> None:
    """Not even of a damaged file."""
    site = a_whole_site(tmp_path)
    secret = (site.tenant_folder("northwick") / "keys" / "raw.key").read_text().strip()
    (site.tenant_folder("northwick") / "keys" / "raw.key").write_text(secret[:-4] + "=x\n")

    text = repr(check_site(site, NOW))

    assert secret[:20] not in text
    assert all(str(known.sha256) not in text for known in site.credentials())


def test_an_unknown_harm_scale_fails_once_the_crosswalk_is_there(tmp_path: Path) -> None:
    """The scales are intake's own; a typing error would make every harm unknown."""
    if not known_scales():
        pytest.skip("intake's harm crosswalk is not part of this checkout: scales not tested")
    site = a_whole_site(tmp_path)
    sources = {"datix": {"harm_scale": "nrsl"}, "fhir-hub": {}}
    a_tenant_file(site, a_tenant_document(sources=sources))

    failures = of_status(check_site(site, NOW), Status.FAIL)

    assert "did you mean 'nrls'" in failures[0].says


def test_the_names_of_staff_identifiers_are_shown_for_the_directory(tmp_path: Path) -> None:
    """Under another name nobody is found; identifiers of patients have nothing to do with it."""
    site = a_whole_site(tmp_path)
    sources = {"datix": {"pack": "ours", "harm_scale": "nrls"}, "fhir-hub": {}}
    edit(sources=sources, staff_systems={"payroll": "login"})(site)
    own_pack(
        "pack: ours\nversion: 1\nrecord_id: no\nreporter: {id: {column: r, system: payroll}}\n"
        "patients: {ids: [{column: p, system: mrn}]}\nstaff: {id: {column: s, system: badge}}\n"
    )(site)

    said = [finding.says for finding in check_site(site, NOW)]

    assert any("name people by badge, email, login; the directory" in text for text in said)
