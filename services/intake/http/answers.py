"""What a sender is told of each report, in the language that the request spoke: JSON or FHIR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import orjson

from services.intake.domain.finish import finish
from services.intake.domain.results import Mapped, Refused, Result
from services.intake.http.problems import (
    FHIR_TYPE,
    PROBLEM_TYPE,
    Problem,
    operation_outcome,
    without_promise,
)
from shared.contracts import IncidentReported
from shared.identity import sha256_hex

JSON_TYPE: Final = "application/json"
ACCEPTED: Final = 202
_OK: Final = 200
_DIFFERENT: Final = 422
_NOT_YET: Final = "pending"
_SIBLING: Final = (
    "Another report of the same transaction was refused, so none of them was taken. Correct that "
    "one and send the transaction again, or send a batch."
)
_EMPTY: Final = (
    "The request holds no resource, so there was nothing to keep or to map. Send an AdverseEvent, "
    "a form of AHRQ's, or a Bundle that holds one."
)
_MANY_TYPES: Final = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "text/csv",
    "text/tab-separated-values",
)
_BATCH_TYPE: Final = "application/cloudevents-batch"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status, media type, a JSON document and headers."""

    status: int
    media_type: str
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """How the request was put, which is how it is answered.

    `is_many`: an array, NDJSON or batch is answered per report even if it holds one; `size` in
    bytes tells a refusal of the whole from that of one report. `bundle_type` is set for a Bundle.
    """

    size: int
    is_fhir: bool
    is_many: bool
    bundle_type: str | None = None


def question_of(body: bytes, content_type: str | None, *, is_fhir_route: bool) -> Question:
    """Return how to answer a request; any bytes will do."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    is_fhir = is_fhir_route or media_type == FHIR_TYPE
    is_many = (
        body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
        or media_type in _MANY_TYPES
        or media_type.startswith(_BATCH_TYPE)
    )
    return Question(len(body), is_fhir, is_many, _bundle_type(body) if is_fhir else None)


def problem_answer(problem: Problem, *, is_fhir: bool) -> Answer:
    """Return the answer to a request that was refused as a whole."""
    if is_fhir:
        outcome = operation_outcome(problem.to_issue())
        return Answer(problem.status, FHIR_TYPE, outcome, problem.headers)
    return Answer(problem.status, PROBLEM_TYPE, problem.to_problem(), problem.headers)


def answer(results: Sequence[Result], question: Question, at: datetime) -> Answer:
    """Return what became of each report: all accepted 202, some 200, none the refusal's status.

    `at` stands in for received_at, which only Kafka knows; it decides no more than the flag of a
    date that lies ahead.
    """
    entries = [_Entry.of(result, at) for result in results]
    whole = entries[0].problem if _is_refused_whole(results, question) else None
    if whole is not None:
        return problem_answer(whole, is_fhir=question.is_fhir)
    if question.is_fhir and not entries:
        return problem_answer(Problem("not_supported", _EMPTY), is_fhir=True)
    if question.is_fhir:
        return _fhir_answer(entries, question)
    if len(entries) == 1 and not question.is_many:
        return _single(entries[0])
    return Answer(_status(entries), JSON_TYPE, {"reports": [entry.document for entry in entries]})


def _is_refused_whole(results: Sequence[Result], question: Question) -> bool:
    # One report in an array is always shorter than the array.
    return len(results) == 1 and len(results[0].body) == question.size


def preview(results: Sequence[Result], at: datetime) -> Answer:
    """Return the canonical report of each entry, as a dry run: sealed identifiers are left out."""
    entries = [_Entry.of(_unstored(result), at) for result in results]
    reports = [
        {**entry.document, **({"report": entry.report.to_document()} if entry.report else {})}
        for entry in entries
    ]
    return Answer(_OK, JSON_TYPE, {"stored": False, "reports": reports})


@dataclass(frozen=True, slots=True)
class _Entry:
    status: int
    document: Mapping[str, Any]
    issues: Sequence[Mapping[str, Any]]
    problem: Problem | None = None
    report: IncidentReported | None = None

    @classmethod
    def of(cls, result: Result, at: datetime) -> "_Entry":
        return _refused(result) if isinstance(result, Refused) else _accepted(result, at)


def _accepted(mapped: Mapped, at: datetime) -> _Entry:
    report = finish(mapped.draft, received_at=at, raw_ref=_NOT_YET)
    document: dict[str, Any] = {
        "status": ACCEPTED,
        "index": mapped.index,
        "event_id": str(report.event_id),
        "incident_key": report.incident_key,
        "quality": report.quality.model_dump(mode="json"),
    }
    if mapped.repeats is not None:
        document["repeats"] = mapped.repeats
    told = f"Accepted as event {report.event_id}, incident {report.incident_key}."
    issues = [_issue("information", "informational", told)]
    issues += [_issue("warning", "incomplete", f"Quality: {f}.") for f in report.quality.flags]
    return _Entry(ACCEPTED, document, issues, report=report)


def _refused(refused: Refused) -> _Entry:
    problem = Problem(
        code=refused.code.value,
        detail=_SIBLING if _is_sibling(refused) else refused.detail,
        pointer=refused.pointer,
        sha256=sha256_hex(refused.body),
        index=refused.index,
        is_media_problem=refused.is_media_problem,
    )
    return _Entry(problem.status, problem.to_problem(), [problem.to_issue()], problem)


def _unstored(result: Result) -> Result:
    if isinstance(result, Mapped):
        return result
    return replace(result, detail=without_promise(result.code.value, result.detail))


def _is_sibling(refused: Refused) -> bool:
    return refused.because_of is not None and refused.because_of != refused.index


def _issue(severity: str, code: str, told: str) -> Mapping[str, Any]:
    return {"severity": severity, "code": code, "diagnostics": told}


def _single(entry: _Entry) -> Answer:
    if entry.problem is not None:
        return problem_answer(entry.problem, is_fhir=False)
    return Answer(entry.status, JSON_TYPE, entry.document)


def _status(entries: Sequence[_Entry]) -> int:
    statuses = {entry.status for entry in entries}
    if len(statuses) == 1:
        return statuses.pop()
    return _DIFFERENT if statuses and ACCEPTED not in statuses else _OK


def _fhir_answer(entries: Sequence[_Entry], question: Question) -> Answer:
    is_transaction = question.bundle_type == "transaction"
    is_failed = is_transaction and any(entry.problem is not None for entry in entries)
    if question.bundle_type is None or is_failed:
        issues = [issue for entry in entries for issue in entry.issues]
        return Answer(_status(entries), FHIR_TYPE, operation_outcome(*issues))
    document = {
        "resourceType": "Bundle",
        "type": "transaction-response" if is_transaction else "batch-response",
        "entry": [_bundle_entry(entry) for entry in entries],
    }
    return Answer(_status(entries), FHIR_TYPE, document)


def _bundle_entry(entry: _Entry) -> Mapping[str, Any]:
    return {"response": {"status": str(entry.status), "outcome": operation_outcome(*entry.issues)}}


def _bundle_type(body: bytes) -> str | None:
    try:
        document = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        return None
    return str(document.get("type"))
