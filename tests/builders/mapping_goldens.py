"""What known inputs map to: `python -m tests.builders.mapping_goldens` writes the files anew.

A change here is a change of the mapping: raise the format's MAPPING_VERSION with it, or the pack's
version, and say so in the changelog, since a remap will publish new revisions.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.intake.domain.context import UnitTable
from services.intake.domain.finish import finish
from services.intake.packs.pack_files import shipped_packs
from tests.builders.ahrq import a_form
from tests.builders.fhir import a_bundle, an_r4_event, an_r5_event, an_stu3_event
from tests.builders.lfpse import an_lfpse_event
from tests.builders.reports import RAW_REF, RECEIVED_AT, a_native_report, mapped, some_hints

FOLDER: Final = Path(__file__).parents[1] / "contracts" / "mapping_goldens"
INPUTS: Final[dict[str, dict[str, Any]]] = {
    "native": a_native_report(),
    "native_nobody_named": a_native_report(
        record_id="INC-2",
        kind="incident",
        occurred={"date": "2026-03-01", "shift": "night"},
        location={"unit_name": "Ward Seven"},
        categories=["falls"],
        patients=[{"birth_date": "1940-05-06", "harm": {"scale": "lfpse-physical", "code": "3"}}],
        staff=None,
        reporter={"type": "staff", "role": "RN", "id": {"system": "login", "value": "rita"}},
        team_headcount=4,
    ),
    "fhir_stu3": an_stu3_event(),
    "fhir_r4": an_r4_event(),
    "fhir_r5": an_r5_event(),
    "fhir_bundle": a_bundle(an_r5_event()),
    "rows_datixweb": {
        "recordid": "77",
        "updateddate": "02/03/2026 09:15",
        "rep_approved": "FA",
        "inc_dincident": "01/03/2026",
        "inc_time": "2210",
        "inc_locactual": "Ward Seven",
        "inc_type": "fall",
        "inc_severity": "severe",
        "contacts": [
            {"con_type": "PATC", "con_dob": "2020-05-04", "link_req_resuscitation": "Y"},
            {"con_type": "EMPC", "login": "n.hale", "con_jobtitle": "Staff Nurse"},
        ],
    },
    "rows_lfpse-extract": {
        "Reference": "R-9",
        "Revision": "3",
        "T005": "2026-03-01",
        "L004": "Ward Seven",
        "P004": "6696",
        "OT001": "2",
        "OT002": "4",
        "OT008": "9 {~@~} 5",
        "A001": "4",
    },
    "rows_nrls": {"RP07": "N-1", "IN01": "01/03/2026", "PD02": "44", "PD09": "4", "IN07": "words"},
    "lfpse_5": an_lfpse_event(),
    "lfpse_6": an_lfpse_event(version="6"),
    "ahrq": a_form(),
}
_ROWS: Final = "rows_"


def document_of(name: str) -> dict[str, Any]:
    """Return the published report of an input, in one fixed tenant."""
    hints = some_hints(
        zone=ZoneInfo("Europe/London"),
        units=UnitTable.of({"ward-7": ("main", {"native": ("Ward Seven",)})}),
    )
    if name.startswith(_ROWS):
        context = replace(hints.context, packs=shipped_packs())
        hints = replace(hints, context=context, pack=name.removeprefix(_ROWS))
    draft = mapped(INPUTS[name], hints).draft
    report = finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
    document = report.to_document()
    # The bytes of the input are the builder's spelling, not the mapping's.
    del document["source"]["raw_sha256"]
    return document


def write_all() -> None:
    """Write every golden file."""
    FOLDER.mkdir(exist_ok=True)
    for name in INPUTS:
        text = json.dumps(document_of(name), indent=2, sort_keys=True)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_all()
