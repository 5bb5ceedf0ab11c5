"""FHIR Bundles of every type that holds events, with the resources they refer to."""

from typing import Any, Final

from tests.builders.payloads.draw import Draw
from tests.builders.payloads.fhir import a_patient, a_practitioner, an_event
from tests.builders.payloads.payload import Draft, Written

TYPES: Final = ("collection", "batch", "transaction", "searchset", "history", "message")
_RELEASES: Final = ("STU3", "R4", "R5")
_HOST: Final = "https://fhir.example"


def generate(draw: Draw) -> Draft:
    """Return one Bundle of one to four events of a release."""
    kind, release = draw.pick(TYPES), draw.pick(_RELEASES)
    pairs = [_an_entry(draw, kind, release) for _ in range(draw.number(1, 4))]
    entries = [entry for entry, _ in pairs]
    written = [said for _, said in pairs]
    if kind == "history":
        written.reverse()  # a history is written newest first
    if kind == "message":
        header = {"resourceType": "MessageHeader", "id": "h1", "source": {"name": "risk"}}
        entries.insert(0, {"resource": header | {"eventCoding": {"code": "incident-report"}}})
    else:
        entries += _others(draw, entries, kind)
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": kind, "entry": entries}
    bundle |= draw.maybe(id=draw.secret("b1"), timestamp=draw.instant()[0])
    return Draft(bundle, tuple(written), "application/fhir+json")


def _an_entry(draw: Draw, kind: str, release: str) -> tuple[dict[str, Any], Written]:
    if kind in {"batch", "transaction", "history"} and draw.chance(0.1):
        event_id = draw.secret(f"ae-{draw.serial()}")
        deletion = {"request": {"method": "DELETE", "url": f"AdverseEvent/{event_id}"}}
        return deletion, Written(event_id, is_record_id_private=True)
    event, written = an_event(draw, release)
    entry: dict[str, Any] = {"resource": event}
    address = (
        f"{_HOST}/AdverseEvent/{event['id']}" if "id" in event else f"urn:uuid:{draw.serial()}"
    )
    entry["fullUrl"] = address
    if kind in {"batch", "transaction"}:
        entry["request"] = {"method": "POST", "url": "AdverseEvent"}
    if kind == "searchset":
        entry["search"] = {"mode": "match"}
    return entry, written


def _others(draw: Draw, entries: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return a Patient and a Practitioner, and let some of the events refer to them."""
    patient, nurse = a_patient(draw, "bp1"), a_practitioner(draw, "bn1")
    addresses = [draw.pick((f"urn:uuid:{draw.serial()}", f"{_HOST}/x/{n}")) for n in range(2)]
    for entry in entries:
        event = entry.get("resource", {})
        if "Patient/" in str(event.get("subject")) and draw.chance():
            event["subject"] = {"reference": addresses[0]}
        if "recorder" in event and draw.chance():
            event["recorder"] = {"reference": addresses[1]}
    found = [
        {"fullUrl": address, "resource": resource}
        for address, resource in zip(addresses, (patient, nurse), strict=True)
    ]
    if kind in {"batch", "transaction"}:
        for entry in found:
            entry["request"] = {"method": "PUT", "url": f"{entry['fullUrl']}"}
    return found
