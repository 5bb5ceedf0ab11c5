"""Tenant files: what they may say, what they are told when they say something else."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.words import OrderingKey, Priority
from shared.site.models import IntakeLimits, PrivacyAction, Tenant, span_of
from shared.site.refusals import SiteFileError, TenantUnknownError
from shared.site.site import Site
from tests.builders.site import a_site, a_tenant_document, a_tenant_file


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Sources, units and programme arrive typed."""
    tenant = a_site(tmp_path).tenant("northwick")

    assert tenant.sources["datix"].ordering is OrderingKey.UPDATED_AT
    assert tenant.units["picu"].aliases["datix"] == ("PICU", "Ward 7")
    assert tenant.programme.telephone == "+44 20 7946 0000"
    assert tenant.shift_spans == ((time(7), time(19)), (time(19), time(7)))


def test_the_name_alone_is_enough() -> None:
    """Every other field has the design's default."""
    tenant = Tenant(tenant="northwick")

    assert tenant.privacy.restricted is PrivacyAction.TEAM_ONLY
    assert tenant.outreach.confirm_minutes.of(Priority.HIGH) == 120
    assert tenant.outreach.acknowledge_minutes.of(Priority.URGENT) == 15
    assert tenant.outreach.acknowledge_minutes.of(Priority.NONE) == 480
    assert tenant.outreach.load_limit == 3


def test_never_means_that_a_human_must_confirm(tmp_path: Path) -> None:
    """The window is None where the tenant wrote `never`."""
    site = a_site(tmp_path)
    a_tenant_file(site, a_tenant_document(outreach={"confirm_minutes": {"urgent": "never"}}))

    windows = site.tenant("northwick").outreach.confirm_minutes

    assert windows.of(Priority.URGENT) is None
    assert windows.of(Priority.ROUTINE) == 480


def test_units_are_found_by_alias_and_by_their_own_id(tmp_path: Path) -> None:
    """An alias counts for its source only; blanks and case do not count."""
    tenant = a_site(tmp_path).tenant("northwick")

    assert tenant.unit_of("datix", "Ward 7") == "picu"
    assert tenant.unit_of("datix", " ward 7") == "picu"
    assert tenant.unit_of("fhir-hub", "Ward 7") is None
    assert tenant.unit_of("fhir-hub", "picu") == "picu"


def test_the_strictest_privacy_action_ranks_highest() -> None:
    """So `max` by strictness decides between two rows of the table."""
    actions = [PrivacyAction.REFUSE, PrivacyAction.PROCESS, PrivacyAction.TEAM_ONLY]

    assert sorted(actions, key=lambda action: action.strictness) == list(PrivacyAction)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zonne": "UTC"}, r"'zonne' is no field - did you mean 'zone'\?"),
        ({"sources": {"datix": {"orderng": "arrival"}}}, r"sources\.datix: 'orderng'.*'ordering'"),
        ({"zone": "Europe/Londn"}, "zone: the time zone is not known"),
        ({"zone": "../../etc/passwd"}, "zone: the time zone is not known"),
        ({"shifts": ["7-19"]}, "shifts.*07:00-19:00"),
        ({"shifts": ["07:00-07:00"]}, "another time than it begins"),
        ({"privacy": {"restricted": "hide"}}, r"privacy\.restricted.*team_only"),
        ({"outreach": {"check_in_days": []}}, r"outreach\.check_in_days"),
        ({"programme": {"from_address": "jörg@b.example"}}, r"programme\.from_address"),
        ({"outreach": {"digest_minimum": 1}}, r"outreach\.digest_minimum.*3"),
        ({"programme": {"from_address": "a@b\nBcc: c@d"}}, r"programme\.from_address"),
        ({"tenant": "elsewhere"}, "folder is named 'northwick'"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """File, field, and what to write instead."""
    site = a_site(tmp_path)
    path = site.tenant_folder("northwick") / "tenant.yaml"
    document = a_tenant_document() | change
    a_tenant_file(site, document | {"tenant": "northwick"})
    path.write_text(path.read_text().replace("tenant: northwick", f"tenant: {document['tenant']}"))

    with pytest.raises(SiteFileError, match=said) as refused:
        site.tenant("northwick")

    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "tenant: northwick\ntenant: other\n",
            r"line 2, column 1: the field 'tenant' stands twice",
        ),
        ("tenant: [northwick\n", "line "),
        ("- northwick\n", "a mapping is expected"),
        ("tenant: \x01\n", "no YAML"),
        ("", "a mapping is expected"),
        ("tenant: northwick\nload: !!int five\n", "line 2, column 7"),
        ("tenant: northwick\n? [a, b]\n: c\n", "line 2, column 3: a field's name is not text"),
        ("[" * 2_000, "nested too deep"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused_with_the_line(
    tmp_path: Path, text: str, said: str
) -> None:
    """A person finds the place."""
    site = a_site(tmp_path)
    (site.tenant_folder("northwick") / "tenant.yaml").write_text(text)

    with pytest.raises(SiteFileError, match=said):
        site.tenant("northwick")


def test_no_and_times_are_words(tmp_path: Path) -> None:
    """YAML 1.1 would read `no` as false and 21:00 as 1260; numbers and switches still work."""
    site = a_site(tmp_path)
    path = site.tenant_folder("northwick") / "tenant.yaml"
    path.write_text(
        "tenant: northwick\ntitle: no\nresearch_accepted: true\nunits: {no: {campus: 012}}\n"
        "outreach: {load_limit: 5}\nprogramme:\n"
    )

    with pytest.raises(SiteFileError, match="programme"):
        site.tenant("northwick")
    path.write_text(path.read_text().replace("programme:\n", ""))
    tenant = site.tenant("northwick")

    assert tenant.title == "no"
    assert tenant.units["no"].campus == "012"
    assert tenant.research_accepted is True
    assert tenant.outreach.load_limit == 5


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Latin-1 files are common; the way out is in the hint."""
    site = a_site(tmp_path)
    (site.tenant_folder("northwick") / "tenant.yaml").write_bytes(b"title: Stra\xdfe\n")

    with pytest.raises(SiteFileError, match="not UTF-8"):
        site.tenant("northwick")


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    """Services see a changed setting without a restart."""
    site = a_site(tmp_path)
    before = site.tenant("northwick").title

    a_tenant_file(site, a_tenant_document(title="Northwick and Harrow"))

    assert (before, site.tenant("northwick").title) == (
        "Northwick Hospitals",
        "Northwick and Harrow",
    )


def test_an_unknown_tenant_is_refused_with_the_likely_name(tmp_path: Path) -> None:
    """A slip of the finger is named; a path is no name."""
    site = a_site(tmp_path, "northwick", "harrow")

    assert site.tenants() == ("harrow", "northwick")
    with pytest.raises(TenantUnknownError, match="did you mean 'northwick'"):
        site.tenant("nortwick")
    with pytest.raises(TenantUnknownError, match="known are harrow, northwick"):
        site.tenant("../../zzz")


def test_a_site_without_tenants_says_how_to_begin(tmp_path: Path) -> None:
    """The first error a new operator meets teaches the first command."""
    with pytest.raises(TenantUnknownError, match="none exists yet") as refused:
        Site(tmp_path).tenant("northwick")

    assert "peerline tenant create northwick" in refused.value.hint


def test_an_unreadable_file_names_the_right_it_needs(tmp_path: Path) -> None:
    """A folder in place of the file is the portable stand-in for a refused read."""
    site = a_site(tmp_path)
    path = site.tenant_folder("northwick") / "tenant.yaml"
    path.unlink()
    path.mkdir()

    with pytest.raises(SiteFileError, match="cannot be read"):
        site.tenant("northwick")


def test_a_tenant_removed_while_running_is_gone(tmp_path: Path) -> None:
    """Nothing is served from memory after the file has been deleted."""
    site = a_site(tmp_path)
    site.tenant("northwick")

    (site.tenant_folder("northwick") / "tenant.yaml").unlink()

    with pytest.raises(SiteFileError, match="missing"):
        site.tenant("northwick")


@pytest.mark.parametrize("text", ["", "07:00", "25:00-07:00", "07:00-19:00-20:00"])
def test_a_span_of_the_day_has_one_spelling(text: str) -> None:
    """Everything else is refused with the right spelling."""
    with pytest.raises(ValueError, match="07:00-19:00"):
        span_of(text)


@pytest.mark.parametrize("name", [*IntakeLimits.model_fields])
def test_a_limit_may_only_be_lowered(name: str) -> None:
    """The shipped one is the highest, so that no tenant costs another."""
    shipped = getattr(IntakeLimits(), name)

    assert getattr(IntakeLimits(**{name: shipped - 1}), name) == shipped - 1
    for wrong in (shipped + 1, 0):
        with pytest.raises(ValidationError):
            IntakeLimits(**{name: wrong})
