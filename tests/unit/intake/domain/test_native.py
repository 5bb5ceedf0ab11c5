"""Native JSON: only record_id is required, everything else degrades to unknown and a flag."""

import json
from typing import Any

import pytest

from services.intake.domain.receive import receive
from services.intake.domain.regularise import regularise
from services.intake.domain.results import Draft, Mapped, Refused, faults
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import QualityFlag, RejectionCode
from tests.builders.reports import a_native_report, a_report, mapped, refused, some_hints


def content_of(**overrides: Any) -> dict[str, Any]:
    return dict(mapped(a_native_report(**overrides)).draft.content)


def flags_of(**overrides: Any) -> tuple[QualityFlag, ...]:
    return mapped(a_native_report(**overrides)).draft.flags


def test_a_record_id_is_enough() -> None:
    """A report with nothing but its id is accepted, and all of it is unknown."""
    draft = mapped({"record_id": "7"}).draft

    assert draft.incident_key == "mercy|native|7"
    assert "patients" not in draft.content
    assert "staff" not in draft.content
    assert "categories" not in draft.content


@pytest.mark.parametrize("record_id", [None, "", "   ", "\u0000", [], {}, True])
def test_a_report_without_a_usable_record_id_is_refused(record_id: object) -> None:
    """What has no stable id could never be revised."""
    refusal = refused(a_native_report(record_id="x") | {"record_id": record_id})

    assert refusal.code is RejectionCode.NO_RECORD_ID
    assert refusal.pointer == "/record_id"


def test_a_number_is_a_record_id_too() -> None:
    """Publishers send numbers as numbers."""
    assert mapped({"record_id": 4711}).draft.record_id == "4711"


def test_a_long_record_id_is_hashed_not_refused() -> None:
    """More than 128 characters become a hash, so that nothing is lost."""
    record_id = mapped({"record_id": "x" * 129}).draft.record_id

    assert record_id.startswith("sha256:")
    assert len(record_id) == len("sha256:") + 64


def test_absent_lists_stay_unknown_and_empty_ones_are_known_none() -> None:
    """Absent is not empty: the difference reaches triage."""
    absent = content_of(staff=None, patients=None, categories=None)
    empty = content_of(staff=[], patients=[], categories=[], proceedings=[])

    assert not {"staff", "patients", "categories"} & absent.keys()
    assert [empty[name] for name in ("staff", "patients", "categories", "proceedings")] == [[]] * 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "surprise"),
        ("status", 7),
        ("categories", ["flood"]),
        ("team_headcount", -1),
        ("location", "ward"),
        ("circumstances", {"error": "perhaps"}),
        ("staff", ["somebody"]),
        ("patients", ["somebody"]),
        ("proceedings", [{"type": "gossip"}]),
        ("reporter", {"concern": 9}),
    ],
)
def test_a_value_no_table_knows_becomes_unknown_and_leaves_a_keyed_hash(
    field: str, value: object
) -> None:
    """Degrade, never refuse: the flag says so, the hash lets equal values be counted."""
    draft = mapped(a_native_report(**{field: value})).draft

    assert QualityFlag.VALUE_UNMAPPED in draft.flags
    assert all(path.startswith(f"/{field}") for path, _ in draft.unmapped)
    assert all(hashed.startswith("v_") for _, hashed in draft.unmapped)


def test_equal_unmapped_values_have_equal_hashes() -> None:
    """The same unknown word of two reports counts as one."""
    first = mapped(a_native_report(kind="surprise")).draft.unmapped
    second = mapped(a_native_report(record_id="2", kind="surprise")).draft.unmapped

    assert first == second != mapped(a_native_report(kind="another")).draft.unmapped


@pytest.mark.parametrize("word", ["unknown", "Unknown", ""])
def test_unknown_said_outright_is_no_unmapped_value(word: str) -> None:
    """`unknown` is an answer, not a misspelling."""
    draft = mapped(a_native_report(kind=word, circumstances={"error": word})).draft

    assert "kind" not in draft.content
    assert draft.content["circumstances"] == {}
    assert QualityFlag.VALUE_UNMAPPED not in draft.flags


def test_an_unknown_field_leaves_a_flag_at_every_level() -> None:
    """Fields we do not know are ignored and flagged, wherever they stand."""
    assert QualityFlag.FIELD_UNKNOWN in flags_of(weather="rain")
    assert QualityFlag.FIELD_UNKNOWN in flags_of(staff=[{"shoe_size": 42, "role": "nurse"}])
    assert QualityFlag.FIELD_UNKNOWN not in flags_of()


def test_narrative_and_extensions_stay_behind() -> None:
    """Of free text only its presence is known outside; ext is dropped with a flag."""
    draft = mapped(a_native_report(narrative="long story", ext={"a": 1})).draft

    assert draft.content["narrative_present"] is True
    assert "long story" not in json.dumps(draft.content)
    assert QualityFlag.EXT_DROPPED in draft.flags


@pytest.mark.parametrize(
    ("value", "expected"),
    [("suspected", True), ("yes", True), (True, True), ("no", False), ("unknown", None)],
)
def test_a_suspected_error_counts_as_an_error(value: object, expected: bool | None) -> None:  # noqa: FBT001
    """Suspicion is enough to reach out (contracts.md section 1)."""
    assert content_of(circumstances={"error": value})["circumstances"].get("error") is expected


@pytest.mark.parametrize(("value", "expected"), [(3, True), (1, False), ("2", True), ("no", False)])
def test_more_than_one_patient_is_multiple_patients(value: object, expected: bool) -> None:  # noqa: FBT001
    """A count of patients becomes a yes or no."""
    circumstances = content_of(circumstances={"multiple_patients": value})["circumstances"]

    assert circumstances["multiple_patients"] is expected


def test_synonyms_and_spellings_find_their_words() -> None:
    """Roles, places and categories are read as people write them."""
    content = content_of(
        location={"place_type": "Operating Room"},
        categories=["Medication Error", "FALLS", "falls", "anaesthesia"],
        staff=[{"role": "Registered Nurse"}, {"role": "pharmacy-technician"}],
    )

    assert content["location"]["place_type"] == "theatre"
    assert content["categories"] == ["medication", "fall", "anesthesia"]
    assert [member["role"] for member in content["staff"]] == ["nurse", "pharmacy_technician"]


def test_codings_keep_system_and_code_and_lose_their_display() -> None:
    """A display text may hold a name, so may a code with blanks: neither goes on."""
    draft = mapped(
        a_native_report(
            codings=[
                {"system": "urn:x", "code": "A1", "display": "Mrs Smith fell", "role": "event"},
                {"system": "urn:x", "code": "Mrs Smith"},
                {"display": "no code"},
                "text",
            ]
        )
    ).draft

    assert draft.content["codings"] == [{"code": "A1", "system": "urn:x", "role": "event"}]
    assert QualityFlag.CODING_WITHOUT_CODE in draft.flags


def test_an_array_maps_element_by_element() -> None:
    """One bad element refuses itself only; each keeps its own exact bytes."""
    body = b'[ {"record_id": "1"} , {"categories":[]}, {"record_id":"3"}]'

    first, second, third = receive(body, some_hints())

    assert [first.index, second.index, third.index] == [0, 1, 2]
    assert [first.body, third.body] == [b'{"record_id": "1"}', b'{"record_id":"3"}']
    assert not isinstance(second, Mapped)
    assert (second.code, second.pointer) == (RejectionCode.NO_RECORD_ID, "/1/record_id")


def test_newline_delimited_json_maps_line_by_line() -> None:
    """A broken line is refused alone; blank lines are nothing."""
    body = b'{"record_id":"1"}\r\n\n{"record_id":\n{"record_id":"2"}'

    first, broken, last = receive(body, some_hints("application/x-ndjson"))

    assert isinstance(first, Mapped)
    assert isinstance(last, Mapped)
    assert not isinstance(broken, Mapped)
    assert broken.code is RejectionCode.UNDECODABLE
    assert first.content_type == "application/json"


def test_an_equal_entry_of_one_request_names_the_first() -> None:
    """The first counts, the rest answer as duplicates."""
    body = json.dumps([{"record_id": "1"}, {"record_id": "2"}, {"record_id": "1"}]).encode()

    results = receive(body, some_hints())

    assert [isinstance(each, Mapped) and each.repeats for each in results] == [None, None, 0]


def test_a_record_that_returns_to_what_it_was_is_no_repeat() -> None:
    """A, B, A, A of one record: three revisions, or a retraction would outlive its correction."""
    first, second = {"record_id": "1"}, {"record_id": "1", "status": "retracted"}
    body = json.dumps([first, second, {"record_id": "2"}, first, first]).encode()

    results = receive(body, some_hints())

    repeats = [each.repeats for each in results if isinstance(each, Mapped)]
    assert repeats == [None, None, None, None, 3]


def test_what_our_own_code_raises_refuses_one_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others go on; it keeps its own bytes, and the error without showing it."""

    def fails(translation: Translation, piece: Piece, *rest: Any) -> Draft:
        if b"bad" in piece.body:
            raise RuntimeError(piece.body)
        return regularise(translation, piece, *rest)

    monkeypatch.setattr("services.intake.domain.receive.regularise", fails)
    first, bad, last = receive(b'[{"record_id": 1}, {"record_id": "bad"}, {}]', some_hints())

    assert isinstance(bad, Refused)
    assert isinstance(first, Mapped)
    assert (bad.code, bad.body) == (RejectionCode.MAPPER_ERROR, b'{"record_id": "bad"}')
    assert [type(each) for each in faults((first, bad, bad, last))] == [RuntimeError]
    assert "bad" not in repr(bad)


def test_an_empty_array_holds_no_report() -> None:
    """Nothing was sent, so there is nothing to map or to refuse."""
    assert receive(b" [ ] ", some_hints()) == ()


def test_a_body_that_names_another_tenant_is_refused() -> None:
    """It may have been sent to the wrong hospital."""
    assert refused(a_native_report(tenant="other")).code is RejectionCode.TENANT_MISMATCH
    assert mapped(a_native_report(tenant="mercy")).draft.tenant == "mercy"


def test_a_body_names_its_source_system_only_where_the_credential_allows_it() -> None:
    """Another source system than the credential's is flagged and not believed."""
    report = a_native_report(source_system="datixweb")

    allowed = mapped(report, some_hints(allowed_sources=frozenset({"datixweb"}))).draft
    denied = mapped(report).draft

    assert allowed.source_system == "datixweb"
    assert denied.source_system == "native"
    assert denied.unmapped[0][0] == "/source_system"


def test_the_canonical_report_validates_with_everything_in_it() -> None:
    """All that a publisher may say passes the contract of what we publish."""
    report = a_report(
        group_ids=[{"system": "fall", "value": "1"}, {"system": "fall", "value": "1"}],
        detected_at="2026-03-02",
        proceedings=[
            {
                "type": "RCA",
                "opened_at": "2026-03-02",
                "names_staff": "yes",
                "persons": [{"system": "login", "value": "nurse.one"}],
            }
        ],
        support={"local_debrief_done": True},
        investigators=[{"system": "login", "value": "lead"}],
        team_headcount="6",
        reporter={"type": "patient", "concern": 4, "fear_of_consequences": "no"},
    )

    assert report.staff is not None
    assert report.proceedings is not None
    assert report.proceedings[0].persons == (report.staff[0].person_ref,)
    assert len(report.group_ids) == 1
    assert QualityFlag.DUPLICATE_IDENTIFIER in report.quality.flags
    assert report.team_headcount == 6


def test_identifiers_that_cannot_be_read_are_left_out() -> None:
    """Of patients, groups and investigators alike; the same one twice counts once."""
    good = {"system": "mrn", "value": "7"}
    draft = mapped(
        a_native_report(
            patients=[{"ids": [good, {}, good, {"value": "x" * 300, "system": "mrn"}]}],
            group_ids=[{}, good],
            investigators=[{}, good, good],
        )
    ).draft

    assert len(draft.content["patients"][0]["pseudonyms"]) == 1
    assert draft.content["group_ids"] == [good]
    assert len(draft.content["investigators"]) == 1
    assert QualityFlag.DUPLICATE_IDENTIFIER in draft.flags


def test_a_proceeding_may_name_nobody() -> None:
    """Its type is what counts."""
    content = content_of(proceedings=[{"type": "coroner"}, {"opened_at": "2026-03-02"}])

    assert content["proceedings"] == [{"type": "coroner"}]


def test_a_coding_needs_only_its_code() -> None:
    """System and role that cannot be used are left out; other members are flagged."""
    codings = [{"code": "A1", "system": "my system", "role": "Big Role", "version": "1"}]
    draft = mapped(a_native_report(codings=codings)).draft

    assert draft.content["codings"] == [{"code": "A1"}]
    assert QualityFlag.FIELD_UNKNOWN in draft.flags


def test_a_code_of_endless_length_is_noted_and_dropped() -> None:
    """The contract has room for 256 characters."""
    draft = mapped(a_native_report(location={"campus": "x" * 300, "specialty": []})).draft

    assert "location" not in draft.content
    assert dict(draft.unmapped).keys() == {"/location/campus", "/location/specialty"}


def test_the_list_of_unmapped_values_has_an_end() -> None:
    """A wrong mapping shows after fifty values as well as after a thousand."""
    draft = mapped(a_native_report(categories=[f"odd {number}" for number in range(80)])).draft

    assert len(draft.unmapped) == 50


def test_a_body_of_blank_lines_is_undecodable() -> None:
    """Nothing was sent where lines were announced."""
    assert refused(b"\n \n", some_hints("application/x-ndjson")).code is RejectionCode.UNDECODABLE


def test_text_is_written_one_way() -> None:
    """Decomposed and composed letters, control characters and outer blanks fold."""
    records = {mapped({"record_id": text}).draft.record_id for text in ("é1", "e\u0301\u0001 1 ")}

    assert records == {"é1", "é  1"}
