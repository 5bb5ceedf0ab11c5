"""Accepting a request: map for the answer, store the keys, append to Kafka, only then answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Refused, Result
from services.intake.http.problems import ADVICE
from services.intake.http.raw_log import RawLog, RawLogUnavailableError
from services.intake.http.submission import (
    Submission,
    TenantMissingError,
    Tenants,
    UnavailableError,
)
from services.intake.keystore.cipher import new_data_key
from services.intake.keystore.errors import KeyStoreUnavailableError
from services.intake.keystore.store import KeyStore
from services.intake.raw.record import MAX_BODY_BYTES, Envelope, Parcel, write_record
from services.intake.raw.rejection import Refusal, of_request
from shared.clock import Clock
from shared.contracts.words import RejectionCode
from shared.identity import sha256_hex
from shared.kafka.partitions import partition_of
from shared.kafka.records import Outgoing
from shared.observability import event_log
from shared.site.credentials import Credential
from shared.site.refusals import SiteError, TenantUnknownError


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The use case of the edge; every method blocks and is run in a thread."""

    tenants: Tenants
    keys: KeyStore
    log: RawLog
    clock: Clock
    partitions: int

    def accept(self, submission: Submission) -> tuple[Result, ...]:
        """Return what became of each report; all of them, refused ones too, are durable.

        Raises:
            UnavailableError: nothing is acknowledged; the sender sends all of it again.
            TenantMissingError: the credential's tenant is not configured.
        """
        with _translated():
            envelope = self._envelope(submission)
            results = self._results(submission, envelope)
            parcels, sizes = [], []
            for result in results:
                if isinstance(result, Refused) and _is_too_large(result):
                    sizes.append(self._size_only(submission, result))
                elif isinstance(result, Refused) or result.repeats is None:
                    parcels.append(_parcel(submission, envelope, result))
            self._store(submission.tenant, parcels, sizes)
        return results

    def map(self, submission: Submission) -> tuple[Result, ...]:
        """Return what would become of each report; nothing is stored.

        Raises:
            UnavailableError: no month key is valid, or the configuration cannot be read.
            TenantMissingError: the credential's tenant is not configured.
        """
        with _translated():
            return self._results(submission, self._envelope(submission))

    def note_size(self, credential: Credential, size: int) -> None:
        """Leave the size-only record of a body that was refused before it was read to its end.

        Raises:
            UnavailableError: Kafka did not take it.
        """
        refusal = Refusal(credential.tenant, RejectionCode.LIMIT, size_bytes=size)
        partition = partition_of(credential.tenant, self.partitions)
        with _translated():
            self.log.append([of_request(refusal, self.clock.now(), partition)])

    def _envelope(self, submission: Submission) -> Envelope:
        self.tenants.check_month_key(self.clock.now())
        systems = submission.credential.source_systems
        return Envelope(
            source_system=systems[0],
            allowed_sources=systems,
            content_type=submission.content_type,
            headers=submission.headers,
            pinned_format=self._pinned_format(submission.tenant, systems),
        )

    def _pinned_format(self, tenant: str, systems: Sequence[str]) -> str | None:
        # A token for several systems may send several formats.
        return self.tenants.pinned_format(tenant, systems[0]) if len(systems) == 1 else None

    def _results(self, submission: Submission, envelope: Envelope) -> tuple[Result, ...]:
        if submission.refusal is not None:
            refusal = submission.refusal
            return (Refused(refusal, ADVICE[refusal].detail, 0, submission.body),)
        context = self.tenants.context(submission.tenant, envelope)
        hints = Hints(context, envelope.content_type, envelope.headers, envelope.pinned_format)
        try:
            results = receive(submission.body, hints)
        except Exception as error:  # noqa: BLE001 - a mapper that fails must not lose the report
            event_log("intake-http").fault("mapper_failed", error, tenant=submission.tenant)
            return (_mapper_error(submission),)
        return tuple(_permitted(submission, result, context) for result in results)

    def _size_only(self, submission: Submission, refused: Refused) -> Outgoing:
        refusal = Refusal(
            submission.tenant,
            refused.code,
            refused.pointer,
            refused.index,
            sha256_hex(refused.body),
            len(refused.body),
        )
        partition = partition_of(submission.tenant, self.partitions)
        return of_request(refusal, self.clock.now(), partition)

    def _store(self, tenant: str, parcels: Sequence[Parcel], sizes: Sequence[Outgoing]) -> None:
        partition = partition_of(tenant, self.partitions)
        raw_key = self.tenants.raw_key(tenant)
        keys = [new_data_key(tenant, raw_key) for _ in parcels]
        # The keys first: a record whose key was lost could never be read again.
        self.keys.put([stored for _, stored in keys])
        pairs = zip(parcels, keys, strict=True)
        records = [write_record(parcel, key, partition) for parcel, (key, _) in pairs]
        self.log.append([*records, *sizes])


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


def _mapper_error(submission: Submission) -> Refused:
    code = RejectionCode.MAPPER_ERROR
    return Refused(
        code,
        ADVICE[code].detail,
        0,
        submission.body,
        content_type=submission.content_type,
        headers=submission.headers,
    )


def _parcel(submission: Submission, envelope: Envelope, result: Result) -> Parcel:
    return Parcel(
        tenant=submission.tenant,
        envelope=replace(envelope, content_type=result.content_type, headers=result.headers),
        body=result.body,
        batch_sha256=sha256_hex(submission.body),
        event_id=result.draft.event_id if isinstance(result, Mapped) else None,
        refusal=_noted_refusal(submission, result),
        traceparent=submission.traceparent,
    )


def _noted_refusal(submission: Submission, result: Result) -> RejectionCode | None:
    # Only what the mapping alone would take or cannot know: the rest it refuses again by itself.
    if isinstance(result, Refused) and result.because_of is not None:
        return result.code
    return submission.refusal


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


def _is_too_large(refused: Refused) -> bool:
    is_over = refused.code is RejectionCode.LIMIT and refused.because_of is None
    return is_over or len(refused.body) > MAX_BODY_BYTES
