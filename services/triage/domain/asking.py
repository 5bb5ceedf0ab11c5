"""Questions to a report's publisher: which field to fill in, and what the answer could change."""

from typing import Final

from services.triage.domain.account import Account, patient_facts
from services.triage.domain.facts import Facts
from services.triage.domain.finding import OpenQuestion
from services.triage.domain.judging import Findings, Verdict
from services.triage.domain.memo import PatientMemo
from services.triage.domain.memo_reading import read_patient
from services.triage.domain.trace import unknown_facts
from services.triage.domain.windows import facts_of
from shared.contracts import IncidentReported, TriageQuestion

_POINTERS: Final = {
    "incident.place_type": "/location/place_type",
    "incident.occurred_at": "/occurred",
    "proceedings.types": "/proceedings",
    "proceedings.names_staff": "/proceedings",
    "proceedings.names_this_person": "/proceedings",
    "team.headcount": "/team_headcount",
    "team.units": "/staff",
    "team.named": "/staff",
}
_OF_REPORTER: Final = frozenset({"role", "involvement"})


def ask(report: IncidentReported, findings: Findings) -> tuple[TriageQuestion, ...]:
    """Return one question per field of the report, sorted by its JSON Pointer.

    What only another report of the occurrence leaves open is for its publisher to answer.
    """
    texts: dict[str, str] = {}
    changes: dict[str, set[str]] = {}
    for verdict in findings.verdicts:
        for question in verdict.finding.questions:
            patient = _asked_patient(report, findings.account, verdict, question)
            if patient is None:
                continue
            pointer = pointer_of(question.field, report, verdict.subject, patient)
            texts.setdefault(pointer, question.text)
            changes.setdefault(pointer, set()).update(question.would_change)
    return tuple(
        TriageQuestion(
            tenant=report.tenant,
            incident_key=report.incident_key,
            event_id=report.event_id,
            field=pointer,
            text=texts[pointer],
            would_change=tuple(sorted(changes[pointer])),
            asked_for=report.received_at,
        )
        for pointer in sorted(texts)
    )


def pointer_of(fact: str, report: IncidentReported, subject: str | None, patient: int = 0) -> str:
    """Return the place in the report that would state a fact, for one person or (None) anybody.

    `patient` is the index of the patient whom a fact of patients is about.
    """
    if fact in _POINTERS:
        return _POINTERS[fact]
    room, _, field = fact.partition(".")
    if room == "incident":
        return f"/{field}"
    if room == "patient":
        return f"/patients/{patient}/{field}"
    if room == "staff":
        return _staff_pointer(field, report, subject)
    return f"/{room}/{field}"


def _asked_patient(
    report: IncidentReported, account: Account, verdict: Verdict, question: OpenQuestion
) -> int | None:
    """Return which patient of the report a question is about, None where the report is complete.

    A question about no patient, or about one whom the report does not mention, is about the first.
    """
    room, _, field = question.field.partition(".")
    if room != "patient" or not report.patients:
        return 0
    silent = [n for n, told in enumerate(report.patients) if getattr(told, field) is None]
    if len(account.patients) <= 1:
        return next(iter(silent), None)
    rule = next(r.rule for r in verdict.finding.rulings if r.rule.id == question.rule_id)
    person = verdict.person.facts if verdict.person else {}
    common = {**account.shared, **person, **facts_of(verdict.history)}
    for n in silent:
        world = {**common, **_known_of(account, read_patient(report.patients[n]))}
        if question.field in unknown_facts(rule.trace(world.get)):
            return n
    return None


def _known_of(account: Account, told: PatientMemo) -> Facts:
    """Return what the whole occurrence says of a patient of the report."""
    known = account.memo.patients or ()
    same = [one for one in known if not set(one.pseudonyms).isdisjoint(told.pseudonyms)]
    return patient_facts(told if told in known or not same else same[0])


def _staff_pointer(field: str, report: IncidentReported, subject: str | None) -> str:
    if subject is None:
        return "/staff"
    for index, member in enumerate(report.staff or ()):
        if member.person_ref == subject:
            return f"/staff/{index}/{field}"
    reporter = report.reporter
    if reporter and reporter.person_ref == subject and field in _OF_REPORTER:
        return f"/reporter/{field}"
    return "/staff"
