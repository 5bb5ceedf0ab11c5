"""Harm: the crosswalk as written, and nothing guessed where no scale is declared."""

import csv
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.packs import files
from shared.contracts.words import QualityFlag
from tests.builders.reports import a_native_report, mapped, some_hints

CROSSWALK = Path(files.__file__).with_name("harm.tsv")
ROWS = list(csv.DictReader(CROSSWALK.read_text().splitlines(), delimiter="\t"))


def draft_of(harm: object, hints: Any = None, **overrides: Any) -> Any:
    report = a_native_report(patients=[{"harm": harm}], circumstances=None, **overrides)
    return mapped(report, hints).draft


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['scale']}-{row['source_code']}")
def test_each_row_of_the_crosswalk_maps_as_written(row: dict[str, str]) -> None:
    """Scale and code give the level, the kind where it is none of an incident, and the reach."""
    draft = draft_of({"scale": row["scale"], "code": row["source_code"]}, kind=None)

    patient, kind = draft.content["patients"][0], draft.content.get("kind")
    assert patient.get("harm", "unknown") == row["canonical_harm"]
    assert patient["harm_source"] == {"scale": row["scale"], "code": row["source_code"]}
    expected = {"incident": None, "unknown": None}.get(row["canonical_kind"], row["canonical_kind"])
    assert kind == expected
    reached = draft.content["circumstances"].get("reached_patient")
    assert {True: "yes", False: "no", None: "unknown"}[reached] == row["reached_patient"]


def test_code_one_is_a_death_in_one_scale_and_no_harm_in_another() -> None:
    """Why a scale must be declared."""
    lfpse = draft_of({"scale": "lfpse-physical", "code": "1"}).content["patients"][0]
    nrls = draft_of({"scale": "nrls", "code": 1}).content["patients"][0]

    assert (lfpse["harm"], nrls["harm"]) == ("death", "none")


@pytest.mark.parametrize("harm", [1, "2", {"code": "1"}, {"scale": "made-up", "code": "1"}, "low"])
def test_a_code_without_a_declared_scale_is_never_guessed(harm: object) -> None:
    """Harm stays unknown, flagged as ambiguous and missing."""
    draft = draft_of(harm)

    assert "harm" not in draft.content["patients"][0]
    assert {QualityFlag.HARM_SCALE_AMBIGUOUS, QualityFlag.HARM_MISSING} <= set(draft.flags)


def test_a_source_declares_its_scale_once() -> None:
    """With the source's scale, a bare code has a meaning, in either case of letters."""
    hints = some_hints(sources={"native": SourceSettings(harm_scale="ncc-merp")})

    assert draft_of("g", hints).content["patients"][0]["harm"] == "severe"
    assert draft_of("Z", hints).unmapped[0][0] == "/patients/*/harm"


def test_our_own_words_need_no_scale() -> None:
    """The canonical levels are a scale of their own; fatal is a death."""
    assert draft_of("Moderate").content["patients"][0] == {"harm": "moderate", "pseudonyms": []}
    assert draft_of("fatal").content["patients"][0]["harm"] == "death"


def test_psychological_harm_stands_apart() -> None:
    """The two are never mixed."""
    report = a_native_report(
        patients=[
            {"harm": "none", "harm_psychological": {"scale": "lfpse-psychological", "code": "1"}}
        ]
    )
    patient = mapped(report).draft.content["patients"][0]

    assert (patient["harm"], patient["harm_psychological"]) == ("none", "severe")


@pytest.mark.parametrize(
    ("overrides", "is_missing"),
    [
        ({"patients": None}, True),
        ({"patients": [{}]}, True),
        ({"patients": [{"harm": "unknown"}]}, True),
        ({"patients": []}, False),
        ({"patients": [{"died": "yes"}]}, False),
        ({"patients": [{"harm": "none"}]}, False),
        ({"patients": None, "kind": "near_miss"}, False),
    ],
)
def test_missing_harm_is_flagged_where_it_belongs(
    overrides: dict[str, Any],
    is_missing: bool,  # noqa: FBT001
) -> None:
    """An incident should say how bad it was; a near miss need not."""
    flags = mapped(a_native_report(**overrides)).draft.flags

    assert (QualityFlag.HARM_MISSING in flags) is is_missing


@pytest.mark.parametrize("scale", ["NCC-MERP", "ncc merp", "ncc_merp"])
def test_the_name_of_a_scale_has_no_case_or_blanks(scale: str) -> None:
    """Its letters do."""
    report = a_native_report(patients=[{"harm": {"scale": scale, "code": "i"}}])

    assert mapped(report).draft.content["patients"][0]["harm"] == "death"


def test_the_display_of_a_code_says_what_the_code_says() -> None:
    """Within its declared scale; LFPSE's fatal and the 1 of another scale stay apart."""
    (fatal,) = mapped(
        a_native_report(patients=[{"harm": {"scale": "lfpse-physical", "code": "Fatal"}}])
    ).draft.content["patients"]
    other = mapped(a_native_report(patients=[{"harm": {"scale": "nrls", "code": "Fatal"}}])).draft

    assert fatal["harm_source"] == {"scale": "lfpse-physical", "code": "1"}
    assert QualityFlag.VALUE_UNMAPPED in other.flags
