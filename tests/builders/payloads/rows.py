"""One report of each shipped pack as rows of text, as an export of that system has them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

import orjson

from shared.contracts.values import write_moment
from tests.builders.payloads.draw import Draw, Span, ends_of
from tests.builders.payloads.payload import Written

Row: TypeAlias = dict[str, str]
_HARMS: Final = ("none", "mild", "moderate", "severe", "death")
_LFPSE: Final = {"1": "death", "2": "severe", "3": "moderate", "4": "mild", "5": "none"}
_NRLS: Final = {"1": "none", "2": "mild", "3": "moderate", "4": "severe", "5": "death"}
_DAY: Final = timedelta(days=1)
_PRESENT: Final = frozenset({"direct", "witness"})


def _date_and_time(draw: Draw, day_format: str, time_format: str) -> tuple[str, str, Span]:
    at = draw.at().replace(second=0)
    if draw.chance(0.7):
        moment = write_moment(at)
        return at.strftime(day_format), at.strftime(time_format), (moment, moment)
    return at.strftime(day_format), "", ends_of(at.replace(hour=0, minute=0), _DAY)


def _datix(draw: Draw, place: Mapping[str, str]) -> tuple[list[Row], Written]:
    record_id = draw.serial()
    day, time, occurred = _date_and_time(draw, draw.pick(("%Y-%m-%d", "%d/%m/%Y")), "%H:%M")
    patients, staff = draw.number(0, 2), draw.number(0, 3)
    harm = draw.pick(_HARMS)
    contacts = [_patient(draw) for _ in range(patients)] + [_staff(draw) for _ in range(staff)]
    row = {
        "recordid": record_id,
        "updateddate": draw.at().strftime("%Y-%m-%d %H:%M:%S"),
        "rep_approved": draw.pick(("FA", "UN", "")),
        "inc_dincident": day,
        "inc_time": time,
        "inc_severity": harm,
        "inc_name": draw.secret("Adler "),
        "contacts": orjson.dumps(contacts).decode(),
    } | dict(place)
    # The incident's harm is somebody's, also where no patient stands among the contacts.
    return [row], Written(record_id, occurred, (harm,) * max(patients, 1), staff)


def _patient(draw: Draw) -> dict[str, str]:
    return {
        "con_type": "PATC",
        "con_surname": draw.secret("Adler "),
        "con_forenames": draw.secret("Ute "),
        "con_nhsno": draw.secret(draw.serial()),
        "con_dob": draw.day()[0],
        "link_deceased": draw.pick(("Y", "N", "")),
    }


def _staff(draw: Draw) -> dict[str, str]:
    who = {"login": draw.secret(f"u{draw.serial()}")}
    if draw.chance(0.3):
        who = {"con_email": draw.secret(f"n{draw.serial()}@") + ".example"}
    return who | {
        "con_type": "STAFFC",
        "con_surname": draw.secret("Nurse "),
        "con_subtype": "nurse",
        "link_role": "witness",
    }


def _datixweb(draw: Draw) -> tuple[list[Row], Written]:
    place = {
        "inc_unit": "NORTH",
        "inc_locactual": "WARD7",
        "inc_specialty": "107",
        "inc_type": "MED",
        "inc_notes": draw.told(),
        "inc_investigator": draw.secret("boss"),
        "inc_mgr": draw.secret("manager"),
    }
    return _datix(draw, place)


def _dciq(draw: Draw) -> tuple[list[Row], Written]:
    return _datix(draw, {"location_id": "7", "service_id": "107", "inc_notes": draw.told()})


def _generic(draw: Draw) -> tuple[list[Row], Written]:
    record_id = f"G-{draw.serial()}"
    day, time, occurred = _date_and_time(draw, "%Y-%m-%d", "%H:%M")
    harm = draw.pick(_HARMS)
    reporter, is_affected = _reporter(draw)
    named = draw.number(0, 2)
    row = {
        "record_id": record_id,
        "status": draw.pick(("reported", "closed", "")),
        "kind": draw.pick(("incident", "near_miss", "")),
        "occurred_date": day,
        "occurred_time": time,
        "unit_id": "ward-7",
        "unit_name": draw.secret("Ward of the lake "),
        "categories": draw.pick(("medication", "fall; device", "")),
        "patient_id": draw.secret(draw.serial()),
        "patient_name": draw.secret("Adler "),
        "patient_birth_date": draw.day()[0],
        "harm": harm,
        "death_expected": draw.pick(("yes", "no", "unknown", "")),
        "error": draw.pick(("suspected", "no", "")),
        "staff_login": draw.secret(f"u{draw.serial()}") if named else "",
        "staff_name": draw.secret("Nora ") if named else "",
        "staff_role": "nurse" if named else "",
        "staff2_email": draw.secret(f"n{draw.serial()}@") + ".example" if named > 1 else "",
        "narrative": draw.told(),
        "immediate_actions": draw.told(),
    }
    return [row | reporter], Written(record_id, occurred, (harm,), named + is_affected)


def _reporter(draw: Draw) -> tuple[Row, bool]:
    kind, involvement = (
        draw.pick(("staff", "patient", "")),
        draw.pick(("direct", "witness", "author")),
    )
    anonymous, is_named = draw.pick(("yes", "no", "")), draw.chance(0.7)
    reporter = {
        "reporter_type": kind,
        "reporter_involvement": involvement,
        "reporter_anonymous": anonymous,
        "reporter_name": draw.secret("Rita "),
        "reporter_login": draw.secret(f"r{draw.serial()}") if is_named else "",
    }
    is_there = kind == "staff" and involvement in _PRESENT
    return reporter, is_there and is_named and anonymous != "yes"


def _extract(draw: Draw) -> tuple[list[Row], Written]:
    reference, revision = draw.serial(), str(draw.number(1, 9))
    day, occurred = draw.day()
    rows, harms = [], []
    for place in range(draw.number(1, 3)):
        harm = draw.pick(sorted(_LFPSE))
        harms.append(_LFPSE[harm])
        rows.append(
            {
                "Reference": reference,
                "Revision": revision,
                "EntityId": draw.secret(str(place)),
                "T005": day,
                "P004": str(372 * draw.number(1, 90)),
                "P007": str(draw.number(1, 12)),
                "L003": "RX1",
                "L004": "ward-7",
                "L006": "107",
                "F001": draw.told(),
                "OT001": harm,
                "OT002": draw.pick("1234"),
                "OT008": draw.pick(("2", "3 {~@~} 7", "")),
                "A001": draw.pick(("4", "3 {~@~} 9", "")),
                "CL001": "1",
            }
        )
    return rows, Written(reference, occurred, tuple(harms))


def _nrls(draw: Draw) -> tuple[list[Row], Written]:
    record_id, harm = draw.serial(), draw.pick(sorted(_NRLS))
    day = draw.at().replace(hour=0, minute=0, second=0)
    row = {
        "RP07": record_id,
        "IN01": day.strftime("%d/%m/%Y"),
        "IN03": "7",
        "PD05": "107",
        "PD02": str(draw.number(0, 99)),
        "PD09": harm,
        "IN07": draw.told(),
    }
    return [row], Written(record_id, ends_of(day, _DAY), (_NRLS[harm],))


def _rl6(draw: Draw) -> tuple[list[Row], Written]:
    record_id, harm = f"RL{draw.serial()}", draw.pick(_HARMS)
    formats = (("Event Date", "%m/%d/%Y"), ("Event Date  (yyyy/mm/dd)", "%Y/%m/%d"))
    column, day_format = draw.pick(formats)
    day, time, occurred = _date_and_time(draw, day_format, draw.pick(("%H:%M", "%I:%M %p")))
    row = {
        "File ID": record_id,
        "File State": draw.pick(("Closed", "In-Progress", "")),
        column: day,
        "Event Time": time,
        "Division": "NORTH",
        "Program": "ICU",
        "Specific Event Type(s)": draw.pick(("fall", "device; fall", "")),
        "Severity Level (Reported)": harm,
        "Person Affected Last Name": draw.secret("Adler "),
        "Reporter Name": draw.secret("Rita "),
        "Free text": draw.told(),
    }
    return [row], Written(record_id, occurred, (harm,))


PACKS: Final[Mapping[str, Callable[[Draw], tuple[list[Row], Written]]]] = {
    "datixweb": _datixweb,
    "dciq": _dciq,
    "generic": _generic,
    "lfpse-extract": _extract,
    "nrls": _nrls,
    "rl6": _rl6,
}
