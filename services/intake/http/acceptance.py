"""Accepting requests: map for the answer, store the keys, append to Kafka, only then answer.

Requests that come together are made durable together: one commit of all keys, one wait for Kafka.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Refused, Result, faults
from services.intake.http.kept import as_kept
from services.intake.http.problems import ADVICE
from services.intake.http.raw_log import RawLog, RawLogUnavailableError, RecordTooLargeError
from services.intake.http.submission import (
    AskedOnce,
    Submission,
    TenantMissingError,
    Tenants,
    UnavailableError,
)
from services.intake.keystore.cipher import StoredKey
from services.intake.keystore.errors import KeyStoreUnavailableError
from services.intake.keystore.store import KeyStore
from services.intake.raw.parcels import Delivery, encrypted, parcels_of
from services.intake.raw.record import Envelope
from services.intake.raw.rejection import Refusal, of_request
from services.intake.status.notes import received_note, rejected_note
from services.intake.status.store import Rejection, StatusStore
from shared.clock import Clock
from shared.contracts.words import RejectionCode
from shared.kafka.partitions import partition_of
from shared.kafka.records import Outgoing
from shared.observability import Metrics, event_log
from shared.site.credentials import Credential
from shared.site.refusals import SiteError, TenantUnknownError

Accepted: TypeAlias = tuple[Result, ...] | Exception


@dataclass(frozen=True, slots=True)
class _Taken:
    """A submission that is mapped and encrypted, and not yet durable."""

    submission: Submission
    results: tuple[Result, ...]
    keys: Sequence[StoredKey]
    records: Sequence[Outgoing]
    sizes: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The use case of the edge; every method blocks and is run in a thread."""

    tenants: Tenants
    keys: KeyStore
    statuses: StatusStore
    log: RawLog
    clock: Clock
    partitions: int
    metrics: Metrics

    def accept(self, submissions: Sequence[Submission]) -> Sequence[Accepted]:
        """Return what became of each submission's reports; refused ones, too, are durable.

        An exception stands for a submission of which nothing is acknowledged: its sender sends it
        again. UnavailableError: Kafka, the key store or a key is not there; the first two fail all.
        TenantMissingError: the credential's tenant is not configured. Whatever else is wrong with
        one submission is no other's failure.
        """
        tenants = AskedOnce(self.tenants)
        taken = [self._take(submission, tenants) for submission in submissions]
        stored = self._stored([each for each in taken if isinstance(each, _Taken)])
        outcomes = iter(stored)
        settled = [next(outcomes) if isinstance(each, _Taken) else each for each in taken]
        self._note([each for each in stored if isinstance(each, _Taken)])
        return [each.results if isinstance(each, _Taken) else each for each in settled]

    def map(self, submission: Submission) -> tuple[Result, ...]:
        """Return what would become of each report; nothing is stored.

        Raises:
            UnavailableError: no month key is valid, or the configuration cannot be read.
            TenantMissingError: the credential's tenant is not configured.
        """
        with _translated():
            envelope = self._envelope(submission, self.tenants)
            return self._results(submission, envelope, self.tenants)

    def note_size(self, credential: Credential, size: int) -> None:
        """Leave the size-only record of a body that was refused before it was read to its end.

        Raises:
            UnavailableError: Kafka did not take it.
        """
        refusal = Refusal(credential.tenant, RejectionCode.LIMIT, size_bytes=size)
        partition = partition_of(credential.tenant, self.partitions)
        sizes = [of_request(refusal, self.clock.now(), partition)]
        with _translated():
            self.log.append(sizes)
        self._note([_Taken(Submission(credential, b""), (), (), (), sizes)])

    def _take(self, submission: Submission, tenants: Tenants) -> _Taken | Exception:
        try:
            with _translated():
                return self._taken(submission, tenants)
        except Exception as error:  # noqa: BLE001 - raised again by the request that it belongs to
            return error

    def _taken(self, submission: Submission, tenants: Tenants) -> _Taken:
        envelope = self._envelope(submission, tenants)
        results = self._results(submission, envelope, tenants)
        parcels, too_large = parcels_of(_delivery(submission, envelope), results)
        results = as_kept(results, too_large)
        tenant = submission.tenant
        partition = partition_of(tenant, self.partitions)
        keys, records = encrypted(parcels, tenants.raw_key(tenant), partition)
        now = self.clock.now()
        sizes = [of_request(refusal, now, partition) for refusal in too_large]
        return _Taken(submission, _told(results, too_large), keys, records, sizes)

    def _envelope(self, submission: Submission, tenants: Tenants) -> Envelope:
        tenants.check_month_key(self.clock.now())
        systems = submission.credential.source_systems
        return Envelope(
            source_system=systems[0],
            allowed_sources=systems,
            content_type=submission.content_type,
            headers=submission.headers,
            pinned_format=_pinned_format(submission.tenant, systems, tenants),
            pack=submission.pack,
        )

    def _results(
        self, submission: Submission, envelope: Envelope, tenants: Tenants
    ) -> tuple[Result, ...]:
        if submission.refusal is not None:
            refusal = submission.refusal
            return (Refused(refusal, ADVICE[refusal].detail, 0, submission.body),)
        context = tenants.context(submission.tenant, envelope)
        hints = Hints(
            context,
            envelope.content_type,
            envelope.headers,
            envelope.pinned_format,
            pack=envelope.pack,
        )
        results = receive(submission.body, hints)
        for fault in faults(results):
            event_log("intake-http").fault("mapper_failed", fault, tenant=submission.tenant)
        return _whole_transactions(
            results, [_permitted(submission, result, context) for result in results]
        )

    def _stored(self, taken: Sequence[_Taken]) -> Sequence[_Taken | Exception]:
        try:
            with _translated():
                # The keys first: a record whose key was lost could never be read again.
                self.keys.put([key for each in taken for key in each.keys])
        except UnavailableError as error:
            return [error] * len(taken)
        return self._appended(taken)

    def _appended(self, taken: Sequence[_Taken]) -> Sequence[_Taken | Exception]:
        records = [record for each in taken for record in (*each.records, *each.sizes)]
        try:
            self.log.append(records)
        except RecordTooLargeError as error:
            if len(taken) == 1:
                return [UnavailableError(error.reason)]
            # Whose it is shows alone; a record that is appended twice is the same report.
            return [outcome for each in taken for outcome in self._appended([each])]
        except RawLogUnavailableError as error:
            return [UnavailableError(error.reason)] * len(taken)
        return taken

    def _note(self, taken: Sequence[_Taken]) -> None:
        now = self.clock.now()
        drafts = [r.draft for each in taken for r in each.results if isinstance(r, Mapped)]
        refused = [rejection for each in taken for rejection in self._rejections(each, now)]
        try:
            self.statuses.announce([received_note(draft, now) for draft in drafts])
            self.statuses.settle((), refused)
        except KeyStoreUnavailableError as error:
            # The reports are durable, which is what was promised; the normaliser notes them again.
            event_log("intake-http").fault("status_not_noted", error_type=error.error_type)

    def _rejections(self, taken: _Taken, now: datetime) -> Iterator[Rejection]:
        credential = taken.submission.credential
        notes = [rejected_note(record, credential.source_systems, now) for record in taken.sizes]
        for rejection in (note.rejection for note in notes if note is not None):
            if rejection is not None:
                reason = rejection.code.value
                self.metrics.count("intake_rejected_total", tenant=credential.tenant, reason=reason)
                yield rejection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TenantUnknownError:
        raise TenantMissingError from None
    except SiteError as error:
        raise UnavailableError(type(error).__name__) from None
    except KeyStoreUnavailableError as error:
        raise UnavailableError(error.error_type) from None
    except RawLogUnavailableError as error:
        raise UnavailableError(error.reason) from None


def _pinned_format(tenant: str, systems: Sequence[str], tenants: Tenants) -> str | None:
    # A token for several systems may send several formats.
    return tenants.pinned_format(tenant, systems[0]) if len(systems) == 1 else None


def _delivery(submission: Submission, envelope: Envelope) -> Delivery:
    return Delivery(
        tenant=submission.tenant,
        envelope=envelope,
        body=submission.body,
        refusal=submission.refusal,
        traceparent=submission.traceparent,
    )


def _told(results: tuple[Result, ...], too_large: Sequence[Refusal]) -> tuple[Result, ...]:
    lost = {refusal.index: refusal.code for refusal in too_large}
    if RejectionCode.MAPPER_ERROR in lost.values():
        # A fault of ours loses no report: what cannot be kept until it is mended is not taken.
        raise UnavailableError(RejectionCode.MAPPER_ERROR.value)
    return tuple(_as_kept(each, is_kept=each.index not in lost) for each in results)


def _as_kept(result: Result, *, is_kept: bool) -> Result:
    if isinstance(result, Mapped):
        # What is not kept is not accepted, whatever it maps to.
        limit = RejectionCode.LIMIT
        return result if is_kept else _refused(result, limit, ADVICE[limit].detail)
    if result.fault is not None:
        return replace(result, detail=ADVICE[result.code].detail, fault=None)
    return result


def _permitted(submission: Submission, result: Result, context: MappingContext) -> Result:
    if isinstance(result, Refused):
        return result
    if not submission.credential.may_send(result.draft.source_system, result.draft.format):
        return _refused(
            result,
            RejectionCode.NOT_SUPPORTED,
            "This token is not for reports of that format, so the report goes no further. Use the "
            "token that was made for it, or ask the operator to widen this one.",
        )
    if submission.fhir_id is not None and _id(context.decode(result.body)) != submission.fhir_id:
        return _refused(
            result,
            RejectionCode.NO_RECORD_ID,
            "The id in the URL is not the id of the resource, so it is not certain which record is "
            "meant. Send the same id in both.",
            "/id",
        )
    return result


def _whole_transactions(
    mapped: Sequence[Result], permitted: Sequence[Result]
) -> tuple[Result, ...]:
    # What a token may not send takes the rest of its transaction along.
    causes: dict[int, Refused] = {}
    for before, after in zip(mapped, permitted, strict=True):
        if before.transaction is not None and before is not after and isinstance(after, Refused):
            causes.setdefault(before.transaction.first, after)
    return tuple(
        replace(_refused(each, cause.code, cause.detail), because_of=cause.index)
        if isinstance(each, Mapped)
        and each.transaction is not None
        and (cause := causes.get(each.transaction.first))
        else each
        for each in permitted
    )


def _id(document: object) -> object:
    return document.get("id") if isinstance(document, dict) else None


def _refused(
    mapped: Mapped, code: RejectionCode, detail: str, pointer: str | None = None
) -> Refused:
    return Refused(
        code,
        detail,
        mapped.index,
        mapped.body,
        pointer=pointer,
        content_type=mapped.content_type,
        headers=mapped.headers,
        because_of=mapped.index,
    )
