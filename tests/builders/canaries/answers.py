"""Reads the edge's answers as a publisher does: what was accepted, what was refused and why."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_EVENT: Final = re.compile(r"Accepted as event ([0-9a-f-]{36})")
_SHA256: Final = re.compile(r"\(sha256 ([0-9a-f]{64})\)")

Refusal = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the edge answered, as it came over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @property
    def everything(self) -> bytes:
        """Return all of it, to be searched."""
        return repr(self.headers).encode() + b"\n" + self.body


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of each report: the events accepted; of a refusal its code and sha256.

    A report that only repeats another one of its request has no record of its own. It is left out
    here, but FHIR's answers do not tell which ones those are (`hides_repeats`).
    """

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[Refusal] = field(default_factory=Counter)
    hides_repeats: bool = False


def told_by(answer: Answer) -> Told:
    """Return what an answer says, in whichever of the edge's shapes."""
    document = json.loads(answer.body)
    told = Told(hides_repeats="resourceType" in document)
    for entry in _entries(document):
        if "event_id" not in entry:
            told.refused[entry["code"], entry.get("sha256")] += 1
        elif "repeats" not in entry:
            told.accepted[entry["event_id"]] += 1
    return told


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "reports" in document:
        yield from document["reports"]
    elif document.get("resourceType") == "Bundle":
        for entry in document["entry"]:
            yield from _entries(entry["response"]["outcome"])
    elif document.get("resourceType") == "OperationOutcome":
        yield from _issues(document["issue"])
    else:
        yield document


def _issues(issues: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for issue in issues:
        said = issue["diagnostics"]
        if event := _EVENT.search(said):
            yield {"event_id": event[1]}
        elif issue["severity"] == "error":
            found = _SHA256.search(said)
            code = issue["details"]["coding"][0]["code"]
            yield {"code": code, "sha256": found[1] if found else None}
