"""The shipped tables load, and a table with a slip does not."""

import pytest

from services.intake.domain.tables import TableError, Tables, normal
from services.intake.packs.files import TABLES, read_tables


def test_the_shipped_tables_load() -> None:
    """Every file named is there, and every word in it is a contract's."""
    tables = Tables.parse(read_tables())

    assert set(read_tables()) == set(TABLES)
    assert tables.word("role", "Staff  Nurse") == "nurse"
    assert tables.harm_row("nrls", "1") is not None


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("harm.tsv", "nrls\tPD09\t1\tNo harm\tyes\tnone\tincident\tunverified", "twice"),
        ("harm.tsv", "nrls\tPD09\t9\tOdd\tyes\tawful\tincident\tunverified", "no word of harm"),
        ("harm.tsv", "nrls\tPD09", "columns"),
        ("synonyms.tsv", "role\tdoctor\tnurse\tjudgement", "two meanings"),
        ("synonyms.tsv", "role\thealer\twizard\tjudgement", "no word of role"),
        ("synonyms.tsv", "mood\tsad\tblue\tjudgement", "no vocabulary"),
        ("fhir_codes.tsv", "colour\tred\tblue\tjudgement", "unknown use"),
        ("lfpse_codes.tsv", "agent-type\t4\tMedications\tcategory\tother\tjudgement", "twice"),
        ("lfpse_codes.tsv", "agent-type\t99\tOdd\tcolour\t-\tjudgement", "no use"),
        ("lfpse_codes.tsv", "agent-type\t99\tOdd\tcategory\tzebra\tjudgement", "no word"),
        ("ahrq_codes.tsv", "74072-0\tLA0\tOdd\terror\tmaybe\tjudgement", "says nothing"),
        ("lfpse_fields.tsv", "adverse-event-agent", "columns"),
    ],
)
def test_a_slip_in_a_table_is_refused_with_its_reason(name: str, line: str, problem: str) -> None:
    """A table is data with a test over all of it."""
    texts = read_tables()
    texts[name] += line + "\n"

    with pytest.raises(TableError, match=problem):
        Tables.parse(texts)


@pytest.mark.parametrize("text", ["Staff-Nurse", "staff_nurse", "  STAFF   nurse "])
def test_spellings_fold_into_one(text: str) -> None:
    """Case, blanks, dashes and underscores never matter."""
    assert normal(text) == "staff nurse"


def test_a_synonym_of_unknown_is_no_synonym() -> None:
    """What means unknown is left to the readers."""
    texts = read_tables()
    texts["synonyms.tsv"] += "role\tunclear\tunknown\tjudgement\n"

    assert Tables.parse(texts).word("role", "unclear") is None
