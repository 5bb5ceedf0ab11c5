"""Native reports as a conforming publisher writes them."""

from typing import Any, Final

from shared.contracts import words
from tests.builders.payloads.draw import Draw, Span
from tests.builders.payloads.payload import Draft, Written

# What is written, and the level that must come out (harm_crosswalk.tsv).
_HARMS: Final[tuple[tuple[Any, str | None], ...]] = (
    ("none", "none"),
    ("mild", "mild"),
    ("moderate", "moderate"),
    ("severe", "severe"),
    ("death", "death"),
    ("unknown", None),
    ({"scale": "nrls", "code": "1"}, "none"),
    ({"scale": "lfpse-physical", "code": "1"}, "death"),
    ({"scale": "lfpse-physical", "code": "5"}, "none"),
    ({"scale": "ncc-merp", "code": "E"}, "moderate"),
    ({"scale": "fhir-stu3", "code": "Severe"}, "severe"),
)
_YES_NO: Final[tuple[Any, ...]] = ("yes", "no", "unknown", True, False)
_PRESENT: Final = frozenset({"direct", "witness"})


def _values(vocabulary: Any) -> list[str]:
    return [str(word) for word in vocabulary]


_KINDS: Final = _values(words.Kind)
_CATEGORIES: Final = _values(words.Category)
_STATUSES: Final = _values(words.Status)
_PLACES: Final = _values(words.PlaceType)
_ROLES: Final = _values(words.StaffRole)
_INVOLVEMENTS: Final = _values(words.Involvement)
_SIGNALS: Final = _values(words.ReportedSignal)
_OUTCOMES: Final = _values(words.PatientOutcome)
_HARMED: Final = _values(words.StaffHarm)
_PROCEEDINGS: Final = _values(words.ProceedingType)
_AGE_GROUPS: Final = _values(words.AgeGroup)
_REPORTER_TYPES: Final = _values(words.ReporterType)
_CIRCUMSTANCES: Final = (
    "death_expected", "error", "preventable", "reached_patient", "resuscitation",
    "deterioration_missed", "never_event", "sentinel", "intraoperative", "maternal",
    "palliative", "present_on_arrival", "family_present",
)  # fmt: skip


def generate(draw: Draw) -> Draft:
    """Return one report, an array of some, or as many lines of JSON."""
    if draw.chance(0.8):
        document, written = a_report(draw)
        return Draft(document, (written,))
    pairs = [a_report(draw) for _ in range(draw.number(1, 4))]
    return Draft([document for document, _ in pairs], tuple(written for _, written in pairs))


def a_report(draw: Draw) -> tuple[dict[str, Any], Written]:
    """Return a report and what it says."""
    record_id = f"INC-{draw.serial()}"
    report: dict[str, Any] = {"record_id": record_id} | _head(draw) | _texts(draw)
    occurred: Span | None = None
    if draw.chance(0.9):
        report["occurred"], occurred = _occurred(draw)
    harms: tuple[str | None, ...] = ()
    if draw.chance(0.8):
        report["patients"], harms = _patients(draw)
    named = 0
    if draw.chance(0.7):
        named = draw.number(0, 4)
        report["staff"] = [_member(draw) for _ in range(named)]
    if draw.chance(0.5):
        report["reporter"], is_affected = _reporter(draw)
        named += is_affected
    if draw.chance(0.1):
        report["confidentiality"] = {"restricted": True}
        named = 0  # the default for a restricted report: the team alone
    return report, Written(record_id, occurred, harms, named)


def _head(draw: Draw) -> dict[str, Any]:
    return draw.maybe(
        status=draw.pick(_STATUSES),
        kind=draw.pick(_KINDS),
        revision=draw.number(1, 99),
        updated_at=draw.instant()[0],
        reported_at=draw.instant()[0],
        detected_at=draw.instant()[0],
        group_ids=[{"system": "occurrence", "value": draw.serial()}],
        categories=draw.some(_CATEGORIES, 3),
        location=_location(draw),
        team_headcount=draw.number(0, 30),
        codings=[_coding(draw) for _ in range(draw.number(0, 3))],
        circumstances={name: draw.pick(_YES_NO) for name in draw.some(_CIRCUMSTANCES, 6)},
        proceedings=[
            {"type": draw.pick(_PROCEEDINGS), "opened_at": draw.day()[0], "persons": [_id(draw)]}
        ],
        support={"local_debrief_done": draw.pick(_YES_NO)},
        investigators=[_id(draw) for _ in range(draw.number(0, 2))],
    )


def _texts(draw: Draw) -> dict[str, Any]:
    return draw.maybe(
        narrative=draw.told(),
        immediate_actions=draw.told(),
        ext={"note": draw.told(), draw.secret("x"): [draw.secret("y")]},
    )


def _occurred(draw: Draw) -> tuple[Any, Span]:
    if draw.chance(0.5):
        text, at = draw.instant()
        return (text if draw.chance(0.2) else {"at": text, "precision": "minute"}), (at, at)
    if draw.chance(0.5):
        day, ends = draw.day()
        return {"date": day, "shift": draw.pick(("day", "night", "handover"))}, ends
    (start, end), ends = draw.between()
    return {"earliest": start, "latest": end}, ends


def _patients(draw: Draw) -> tuple[list[dict[str, Any]], tuple[str | None, ...]]:
    patients, harms = [], []
    for _ in range(draw.number(0, 3)):
        written, level = draw.pick(_HARMS) if draw.chance(0.85) else (None, None)
        patients.append(_patient(draw) | ({} if written is None else {"harm": written}))
        harms.append(level)
    return patients, tuple(harms)


def _patient(draw: Draw) -> dict[str, Any]:
    return draw.maybe(
        ids=[{"system": "mrn", "value": draw.secret(draw.serial())}],
        harm_duration=draw.pick(("temporary", "permanent", "unknown")),
        died=draw.pick(_YES_NO),
        outcomes=draw.some(_OUTCOMES, 2),
    ) | draw.pick(
        (
            {"age_years": draw.number(0, 120)},
            {"age_days": draw.number(0, 40_000)},
            {"birth_date": draw.day()[0]},
            {"age_group": draw.pick(_AGE_GROUPS)},
            {},
        )
    )


def _member(draw: Draw) -> dict[str, Any]:
    who = {"id": _id(draw)} if draw.chance(0.8) else {"name": draw.secret(f"N. {draw.serial()} ")}
    return who | draw.maybe(
        role=draw.pick(_ROLES),
        involvement=draw.pick(_INVOLVEMENTS),
        own_act=draw.pick(_YES_NO),
        trainee=draw.pick(_YES_NO),
        signals=draw.some(_SIGNALS, 2),
        harmed=draw.some(_HARMED, 2),
        relationship=["known_patient"],
        unit_id="ward-7",
        support_offered=draw.pick(_YES_NO),
        opted_out=draw.pick(_YES_NO),
    )


def _reporter(draw: Draw) -> tuple[dict[str, Any], bool]:
    kind, involvement = draw.pick(_REPORTER_TYPES), draw.pick(_INVOLVEMENTS)
    is_anonymous, is_named = draw.chance(0.2), draw.chance(0.7)
    reporter: dict[str, Any] = {"type": kind, "involvement": involvement, "concern": 3}
    reporter |= {"id": _id(draw)} if is_named else {}
    reporter |= {"anonymous": True} if is_anonymous else {}
    is_there = kind == "staff" and involvement in _PRESENT
    return reporter, is_there and is_named and not is_anonymous


def _id(draw: Draw) -> dict[str, str]:
    if draw.chance(0.7):
        return {"system": "login", "value": draw.secret(f"u{draw.serial()}")}
    return {"system": "email", "value": draw.secret(f"U{draw.serial()}@") + ".example"}


def _location(draw: Draw) -> dict[str, str]:
    return draw.maybe(
        organisation="RX1",
        campus="north",
        unit_id=f"ward-{draw.number(1, 40)}",
        unit_name=draw.secret("Ward of the lake "),
        place_type=draw.pick(_PLACES),
        specialty="107",
    )


def _coding(draw: Draw) -> dict[str, str]:
    coding = {"system": "http://snomed.info/sct", "code": str(draw.number(1, 10**9))}
    return coding | draw.maybe(display=draw.told(), role="event")
