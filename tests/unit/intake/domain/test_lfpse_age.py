"""LFPSE's ages against a second, table-driven transcription of the published rule."""

import re

import pytest

from services.intake.domain.lfpse_age import OLDEST_DAYS, age_of, read_lfpse_age
from services.intake.domain.notes import Notes
from shared.contracts.words import QualityFlag
from tests.builders.reports import a_context
from tests.builders.rows import draft_of

# The rule of NHS England as printed: a table of every usable number of days to its class.
CLASSES = {
    **{days: "neonate" if days <= 28 else "paediatric" for days in range(1, 31)},
    **{31 * months: "paediatric" for months in range(1, 12)},
    **{372 * years: "paediatric" if 372 * years <= 6695 else "adult" for years in range(1, 200)},
}
CLASS_OF_GROUP = {
    "neonate": "neonate",
    **dict.fromkeys(("infant", "child", "adolescent"), "paediatric"),
    **dict.fromkeys(("young_adult", "adult", "older_adult"), "adult"),
}
BRACKETS = {
    "neonate": (1, 2),
    "infant": (3,),
    "child": (4, 5),
    "adolescent": (6, 7),
    "young_adult": (8,),
    "adult": (9, 10),
    "older_adult": (11, 12),
}


def patient_of(**cells: object) -> tuple[dict[str, object], frozenset[QualityFlag]]:
    """Return a patient and the flags, through the pack of the extract."""
    names = {"days": "P004", "bracket": "P007", "specialty": "L006", "text": "F001"}
    given = {names[name]: str(value) for name, value in cells.items()}
    draft = draft_of("lfpse-extract", Reference="R-1", OT001="5", **given)
    return draft.content["patients"][0], frozenset(draft.flags)


def test_every_number_of_days_is_classed_as_published() -> None:
    """All 74,028 of them and some beyond; only day 0 differs, which is a neonate to us."""
    for days in range(OLDEST_DAYS + 400):
        age = age_of(days, None, None, None)
        assert age.has_days is (days in CLASSES or days == 0), days
        if days == 0:
            assert age.fields == {"age_days": 0}
        elif age.has_days:
            assert _class(age.fields) == CLASSES[days], days


def _class(fields: dict[str, object]) -> str:
    if "age_group" in fields:
        return CLASS_OF_GROUP[str(fields["age_group"])]
    days = fields.get("age_days")
    if days is not None:
        return "neonate" if int(str(days)) <= 28 else "paediatric"
    return "adult" if int(str(fields["age_years"])) >= 18 else "paediatric"


@pytest.mark.parametrize(
    ("days", "years", "group"),
    [
        (0, 0, "neonate"),
        (28, 0, "neonate"),
        (29, 0, "infant"),
        (31, 0, "infant"),
        (341, 0, "infant"),
        (372, 1, "child"),
        (6324, 17, "adolescent"),
        (6696, 18, "young_adult"),
        (18600, 50, "adult"),
        (130 * 372, 130, "older_adult"),
        (131 * 372, None, "older_adult"),
    ],
)
def test_days_become_years_and_a_group(days: int, years: int | None, group: str) -> None:
    """A year has 372 days here: 18600 are fifty years."""
    patient, flags = patient_of(days=days)

    assert (patient.get("age_years"), patient["age_group"]) == (years, group)
    assert QualityFlag.AGE_UNUSABLE not in flags


@pytest.mark.parametrize("days", [32, 342, 371, 373, 6575, 74_400, "x", -1])
def test_a_number_that_the_rule_does_not_know_is_unusable(days: object) -> None:
    """Real days beyond a month are none of LFPSE's."""
    patient, flags = patient_of(days=days)

    assert "age_group" not in patient
    assert QualityFlag.AGE_UNUSABLE in flags


@pytest.mark.parametrize(("group", "brackets"), BRACKETS.items())
def test_a_bracket_gives_its_group_and_no_years(group: str, brackets: tuple[int, ...]) -> None:
    """It counts where the days do not, which is said."""
    for bracket in brackets:
        patient, flags = patient_of(days=32, bracket=bracket)
        assert patient.get("age_years") is None
        assert patient["age_group"] == group
        assert QualityFlag.AGE_UNUSABLE in flags


def test_a_bracket_out_of_range_is_unusable() -> None:
    """There are twelve, and they are numbers."""
    for bracket in (0, 13, "zz", "16 and 17"):
        assert QualityFlag.AGE_UNUSABLE in patient_of(bracket=bracket)[1]
    assert QualityFlag.AGE_UNUSABLE not in patient_of(bracket=" ")[1]


@pytest.mark.parametrize(
    ("specialty", "text", "group", "is_from_text"),
    [
        ("Neonatal medicine", "", "neonate", False),
        ("Well baby clinic", "", "neonate", False),
        ("Paediatric surgery", "the NICU", "child", False),
        ("Pediatric surgery", "", "child", False),
        ("Child psychiatry", "", "child", False),
        ("Stomatology", "moved to SCBU", "neonate", True),
        ("", "the newborn was", "neonate", True),
        ("", "a pediatric dose", "child", True),
        ("", "CAMHS referral", "child", True),
        ("", "an elderly child", None, False),
        ("", "a schoolgirl was told", None, False),
        ("", "a patient", None, False),
    ],
)
def test_words_give_a_group_where_nothing_else_does(
    specialty: str,
    text: str,
    group: str | None,
    is_from_text: bool,  # noqa: FBT001
) -> None:
    """Specialty before text; grown-ups in the text silence it, as published."""
    patient, flags = patient_of(specialty=specialty, text=text)

    assert patient.get("age_group") == group
    assert (QualityFlag.AGE_FROM_TEXT in flags) is is_from_text


def test_the_words_agree_with_the_published_expressions_but_for_american_spelling() -> None:
    """The second transcription again, over words that meet each alternative."""
    neonate = re.compile(r"nicu|nnu|scbu|neonat|baby|babies|newborn", re.IGNORECASE)
    child = re.compile(r"picu|camhs|paed|infant|school|child", re.IGNORECASE)
    grown = re.compile(r"adult|old|elderly|geriat", re.IGNORECASE)
    for word in ("NICU", "nnu", "babies", "PICU", "paeds", "infants", "old baby", "adult", "ward"):
        expected = "neonate" if neonate.search(word) else "child" if child.search(word) else None
        found = age_of(None, None, None, word).fields.get("age_group")
        assert found == (None if grown.search(word) else expected), word


def test_no_word_of_the_text_goes_further() -> None:
    """A group and a flag, never the words."""
    draft = draft_of("lfpse-extract", Reference="R-1", F001="Zebra baby", OT001="1")

    assert "Zebra" not in repr(draft.content)
    assert draft.content["patients"][0]["age_group"] == "neonate"


def test_days_out_of_a_spreadsheet_are_days() -> None:
    """A column with gaps becomes decimal numbers there."""
    notes = Notes(a_context(), "lfpse")

    assert read_lfpse_age("6696.0", None, None, None, notes) == {"age_years": 18}
    assert notes.flags() == ()
