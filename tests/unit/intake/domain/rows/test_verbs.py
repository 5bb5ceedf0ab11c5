"""The verbs of a pack: what each makes of a cell."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.context import SourceSettings
from shared.contracts.words import OrderingKey, QualityFlag, RejectionCode
from tests.builders.rows import a_pack, a_table, draft_of, refusal_of


def field_of(pack_text: str, name: str, **cells: Any) -> Any:
    """Return one field of the report that a row becomes."""
    return draft_of(a_pack(pack_text), **cells).content.get(name)


def test_a_column_is_found_without_case_bom_and_runs_of_blanks() -> None:
    """Real headers have two blanks where one was meant."""
    pack = "kind: {column: event TYPE (short)}\n"

    assert field_of(pack, "kind", **{"\ufeffEvent  Type   (short)": " near miss "}) == "near_miss"


def test_const_says_the_same_of_every_row() -> None:
    """An export of falls only needs no column to say so."""
    assert field_of("categories: {const: fall}\n", "categories") == ["fall"]


def test_coalesce_takes_the_first_cell_that_is_not_blank() -> None:
    """Blanks are no value."""
    pack = "kind: {coalesce: [first, second]}\n"

    assert field_of(pack, "kind", first="  ", second="incident") == "incident"


def test_first_takes_the_first_that_its_map_knows() -> None:
    """A code that the first table does not know is left to the second."""
    pack = "categories: {first: [{column: a, map: {M: medication}}, {column: b, map: {F: fall}}]}\n"

    assert field_of(pack, "categories", a="X", b="F") == ["fall"]
    assert field_of(pack, "categories", a="M", b="F") == ["medication"]


def test_a_map_knows_its_keys_without_case_and_punctuation() -> None:
    """And one value may mean several words."""
    pack = "categories: {column: a, map: {Drug error (IV): [medication, device]}}\n"

    assert field_of(pack, "categories", a="drug ERROR iv") == ["medication", "device"]


def test_what_a_map_does_not_know_is_read_as_a_word_and_else_noted() -> None:
    """Our own synonyms still count; the rest is unmapped, never guessed."""
    pack = a_pack("categories: {column: a, map: {X9: fall}}\n")

    assert draft_of(pack, a="drug error").content["categories"] == ["medication"]
    unknown = draft_of(pack, a="Z1")
    assert "categories" not in unknown.content
    assert unknown.unmapped[0][0] == "/categories"


def test_else_speaks_for_all_other_values() -> None:
    """With else null the rest is unknown without a note."""
    assert field_of(
        "status: {column: a, map: {R: retracted}, else: closed}\n", "status", a="Q"
    ) == ("closed")
    silent = draft_of(a_pack("kind: {column: a, map: {R: incident}, else: null}\n"), a="Q")
    assert "kind" not in silent.content
    assert silent.unmapped == ()


def test_split_divides_a_cell_at_any_separator() -> None:
    """Both separators of one export."""
    pack = 'categories: {column: a, split: [";", " / "]}\n'

    assert field_of(pack, "categories", a="fall; blood / device") == ["fall", "blood", "device"]


def test_json_walks_into_a_cell() -> None:
    """Names of members, places in lists; what is not there is nothing."""
    pack = "kind: {column: a, json: [list, '1', kind]}\n"

    assert field_of(pack, "kind", a='{"list": [0, {"kind": "incident"}]}') == "incident"
    assert field_of(pack, "kind", a='{"list": [0]}') is None
    assert QualityFlag.VALUE_UNMAPPED in draft_of(a_pack(pack), a="{broken").flags


def test_a_user_defined_field_is_found_by_its_name() -> None:
    """Sites make fields of their own, listed in one cell."""
    pack = "udf: {column: extra, name: label, value: v}\nkind: {udf: What was it}\n"
    extra = '[{"label": "Other", "v": "x"}, {"label": "what was it?", "v": "incident"}]'

    assert field_of(pack, "kind", extra=extra) == "incident"
    assert field_of(pack, "kind", extra="[]") is None


def test_people_come_out_of_a_list_in_a_cell() -> None:
    """Where and where_not choose; a name that the element lacks is looked up in the row."""
    pack = (
        "patients: {from: people, where: {type: [PAT, PATC]}, died: {column: dead}}\n"
        "staff: {from: people, where_not: {type: [PAT, PATC]}, role: {column: job},"
        " id: {column: login}}\n"
    )
    people = '[{"type": "PATC", "dead": true}, {"type": "EMP", "login": "a"}, {"TYPE": "pat"}]'

    content = draft_of(a_pack(pack), people=people, job="nurse").content

    assert [patient.get("died") for patient in content["patients"]] == [True, None]
    assert [member["role"] for member in content["staff"]] == ["nurse"]


def test_a_list_that_is_empty_says_nothing() -> None:
    """No contact was linked; that is not 'nobody was there'."""
    pack = a_pack("staff: {from: people, id: {column: login}}\n")

    for people in ("", "[]", "null", "7"):
        assert "staff" not in draft_of(pack, people=people).content


def test_an_address_names_its_own_identifier_system() -> None:
    """The same person by login or by address in the same column must not become a third one."""
    pack = a_pack("staff:\n  - {id: {coalesce: [{column: a, system: login}, b]}}\n")
    by_mail = a_pack("staff:\n  - {id: {column: a, system: email}}\n")

    refs = [
        draft_of(each, a=a, b="").content["staff"][0]["person_ref"]
        for each, a in ((pack, "N.Hale@x.org"), (by_mail, "n.hale@x.org"))
    ]

    assert refs[0] == refs[1]


@pytest.mark.parametrize(
    ("date", "time", "earliest", "latest"),
    [
        ("01/03/2026", "22:10", "01T22:10:00.000000Z", "01T22:10:00.000000Z"),
        ("2026-03-01", "2210", "01T22:10:00.000000Z", "01T22:10:00.000000Z"),
        ("2026-03-01 00:00:00", "7.05", "01T07:05:00.000000Z", "01T07:05:00.000000Z"),
        ("2026-03-01 00:00:00", "", "01T00:00:00.000000Z", "01T23:59:59.999999Z"),
        ("01/03/2026", "teatime", "01T00:00:00.000000Z", "01T23:59:59.999999Z"),
        ("2026-03", "", "01T00:00:00.000000Z", "31T23:59:59.999999Z"),
    ],
)
def test_date_and_time_of_day_are_joined(date: str, time: str, earliest: str, latest: str) -> None:
    """A time that is none leaves the day; midnight in a date column is no time."""
    patterns = '["%d/%m/%Y", "%Y-%m-%d %H:%M:%S"]'
    pack = f"occurred: {{date: {{column: d, parse: {patterns}}}, time: {{column: t}}}}\n"

    draft = draft_of(a_pack(pack), d=date, t=time)

    occurred = {"earliest": f"2026-03-{earliest}", "latest": f"2026-03-{latest}"}
    assert draft.content["occurred"] == occurred
    assert (QualityFlag.VALUE_UNMAPPED in draft.flags) is (time == "teatime")


def test_an_hour_that_occurs_twice_becomes_the_interval() -> None:
    """Summer time ends in London on 25 October 2026 at two."""
    pack = 'occurred: {zone: Europe/London, date: {column: d, parse: ["%d.%m.%Y %H:%M"]}}\n'

    draft = draft_of(a_pack(pack), {"zone": UTC}, d="25.10.2026 01:30")

    assert draft.content["occurred"] == {
        "earliest": "2026-10-25T00:30:00.000000Z",
        "latest": "2026-10-25T01:30:00.000000Z",
    }
    assert QualityFlag.TIME_AMBIGUOUS in draft.flags


def test_a_time_without_a_zone_is_the_tenants() -> None:
    """Said in a flag, because it is an assumption."""
    pack = a_pack('updated_at: {column: u, parse: ["%Y-%m-%d %H:%M"], zone: tenant}\n')

    draft = draft_of(
        pack,
        {
            "zone": ZoneInfo("Europe/Berlin"),
            "sources": {"native": SourceSettings(ordering=OrderingKey.UPDATED_AT)},
        },
        u="2026-07-01 12:00",
    )

    assert draft.ordering_value == "2026-07-01T10:00:00.000000Z"
    assert QualityFlag.TIME_ZONE_ASSUMED in draft.flags


def test_a_pattern_decides_between_the_american_and_the_british_way() -> None:
    """Without one, 03/04/2026 is an interval that covers both."""
    for pattern, day in (("%m/%d/%Y", "2026-03-04"), ("%d/%m/%Y", "2026-04-03")):
        pack = a_pack(f'reported_at: {{column: r, parse: ["{pattern}"]}}\n')
        draft = draft_of(pack, r="03/04/2026")
        assert draft.content["reported_at"].startswith(day)
        assert QualityFlag.TIME_AMBIGUOUS not in draft.flags
    plain = draft_of(a_pack("reported_at: {column: r}\n"), r="03/04/2026")
    assert QualityFlag.TIME_AMBIGUOUS in plain.flags


def test_harm_is_a_code_of_its_scale() -> None:
    """The same 1 in two packs."""
    for scale, level in (("lfpse-physical", "death"), ("nrls", "none")):
        pack = a_pack(f"patients: {{harm: {{column: h, scale: {scale}}}}}\n")
        assert draft_of(pack, h="1").content["patients"][0]["harm"] == level


def test_the_tenants_scale_is_asked_for_a_local_code() -> None:
    """Without it a code is unmapped and ambiguous, a word of ours still one."""
    pack = a_pack("patients: {harm: {column: h, scale: tenant, map: {CATA: death}}}\n")
    declared = {"sources": {"native": SourceSettings(harm_scale="nrls")}}

    assert draft_of(pack, declared, h="4").content["patients"][0]["harm"] == "severe"
    assert draft_of(pack, h="cata").content["patients"][0]["harm"] == "death"
    assert draft_of(pack, h="moderate").content["patients"][0]["harm"] == "moderate"
    unknown = draft_of(pack, h="HIGH")
    assert QualityFlag.HARM_SCALE_AMBIGUOUS in unknown.flags
    assert unknown.unmapped[0][0] == "/patients/*/harm"


def test_a_truth_of_json_is_mapped_as_a_word() -> None:
    """Tables have no booleans, exports in JSON do."""
    pack = a_pack("circumstances: {error: {column: a, json: [e], map: {true: no, false: yes}}}\n")

    assert draft_of(pack, a='{"e": true}').content["circumstances"]["error"] is False


def test_json_in_a_cell_keeps_the_limits() -> None:
    """A cell is no way around the depth of a body."""
    pack = a_pack("staff: {from: people, id: {column: login}}\n")

    refusal = refusal_of(a_table({"id": "1", "people": "[" * 70 + "]" * 70}), pack)

    assert refusal.code is RejectionCode.LIMIT


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("2026-07-01 12:00", None),
        ("2026-07-01", None),
        ("2026-07-01T12:00:00+00:00", None),
        ("2026-10-25 01:30", QualityFlag.TIME_AMBIGUOUS),
        ("01.07.2026", None),
        ("never", QualityFlag.DATE_INVALID),
    ],
)
def test_a_packs_own_zone_is_not_an_assumption(text: str, flag: QualityFlag | None) -> None:
    """Whatever the text is, it is read or flagged."""
    pack = (
        "reported_at: {column: r, zone: Europe/London}\n"
        "occurred: {zone: Europe/London, earliest: r, latest: r}\n"
    )

    draft = draft_of(a_pack(pack), r=text)
    at = draft_of(a_pack("occurred: {zone: Europe/London, at: r}\n"), r=text)

    if flag is not None:
        assert flag in draft.flags
    if "12:00" in text and "T" not in text:
        assert draft.content["reported_at"] == "2026-07-01T11:00:00.000000Z"
        assert draft.content["occurred"]["earliest"] == "2026-07-01T11:00:00.000000Z"
    assert at.content.get("occurred") == draft.content.get("occurred")


def test_a_british_date_and_a_time_are_joined_even_without_a_pattern() -> None:
    """The date is then read by its shape; days after the twelfth are certain."""
    pack = a_pack("occurred: {date: d, time: t}\n")

    draft = draft_of(pack, d="29/01/2026", t="14.05")
    numeric = draft_of(a_pack("occurred: {date: {column: d, json: [x]}}\n"), d='{"x": 7}')

    assert draft.content["occurred"]["latest"] == "2026-01-29T14:05:00.000000Z"
    assert QualityFlag.DATE_INVALID in numeric.flags


def test_categories_of_several_columns_are_joined() -> None:
    """A list of expressions is the union of what they give."""
    pack = "categories: [{column: a, map: {F: fall}}, {column: b, split: ;}, {column: c}]\n"

    found = field_of(pack, "categories", a="F", b="blood; device", c="")

    assert found == ["fall", "blood", "device"]
