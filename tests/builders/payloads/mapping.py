"""Generated payloads through the real mapping: what must hold of every one of them."""

from collections import Counter
from dataclasses import replace
from typing import Final

from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.finish import finish
from services.intake.domain.framing import unframed
from services.intake.domain.receive import receive
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Draft, Mapped, Refused, Result
from services.intake.packs.pack_files import shipped_packs
from shared.contracts.incident_reported import IncidentReported
from shared.identity import record_pseudonym
from tests.builders.payloads.generator import mixed
from tests.builders.payloads.payload import KINDS, Payload, Written
from tests.builders.reports import PSEUDONYM_KEY, RAW_REF, RECEIVED_AT, a_context

MARKER: Final = "Zq7Kiwi"
CONTEXT: Final = a_context(packs=shipped_packs())
_MARK: Final = MARKER.casefold()
_EACH: Final = 50  # of so many reports one is also read back from its JSON
_AGAIN: Final = 5  # of so many payloads one is also mapped from its raw records


def hints_of(payload: Payload, context: MappingContext = CONTEXT) -> Hints:
    """Return what an edge knows of the payload beside its bytes."""
    return Hints(context, payload.content_type, payload.headers, pack=payload.pack)


def results_of(payload: Payload) -> tuple[Result, ...]:
    """Return what becomes of the payload; nothing where its frame holds something else."""
    try:
        body = unframed(payload.body) if payload.is_framed else payload.body
    except RefusedError as error:
        _check_told(error.detail)
        return ()
    return receive(body, hints_of(payload))


def check(payload: Payload) -> Counter[str]:
    """Map the payload and count what its reports became.

    Raises:
        AssertionError: a report does not hold to its contract, a marked text is in an output, a
            valid report is not what its publisher wrote, or the normaliser, who has the raw record
            alone, would map it otherwise. Any other exception is a `mapper_error`.
    """
    results = results_of(payload)
    for result in results:
        if isinstance(result, Mapped):
            _check_report(result.draft)
        else:
            _check_refusal(result)
    if payload.written is not None:
        _check_written(results, payload.written)
    if len(payload.body) % _AGAIN == 0:
        _check_again(results, payload)
    return Counter("mapped" if isinstance(each, Mapped) else each.code.value for each in results)


def tally(format_: str, seeds: range) -> Counter[str]:
    """Check the payloads of these seeds, valid, degraded and hostile by turns; count the results.

    Raises:
        AssertionError: as `check`, with the seed in a note, which gives the payload again.
    """
    found: Counter[str] = Counter()
    for seed in seeds:
        payload = mixed(format_, seed, MARKER)
        try:
            found += check(payload)
        except Exception as error:
            kind = KINDS[seed % len(KINDS)]
            error.add_note(f'generate("{format_}", "{kind}", {seed}, "{MARKER}")')
            raise
    return found


def _check_report(draft: Draft) -> None:
    report = finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
    written = report.to_json()
    _check_told(written.decode())
    if draft.event_id.int % _EACH == 0:
        assert IncidentReported.model_validate_json(written) == report


def _check_refusal(refused: Refused) -> None:
    assert refused.detail
    _check_told(f"{refused!r} {refused.detail} {refused.pointer}")


def _check_told(told: str) -> None:
    assert _MARK not in told.casefold()


def _check_again(results: tuple[Result, ...], payload: Payload) -> None:
    for result in results:
        if isinstance(result, Refused) and result.because_of is not None:
            continue  # alone, these bytes would be mapped
        hints = replace(hints_of(payload), content_type=result.content_type, headers=result.headers)
        assert tuple(map(said, receive(result.body, hints))) == (said(result),)


def said(result: Result) -> object:
    """Return all that an edge and the normaliser must agree upon; the place in a request aside."""
    if isinstance(result, Mapped):
        return result.draft, result.body, result.content_type, result.headers
    return result.code, result.detail, result.body, result.content_type, result.headers


def _check_written(results: tuple[Result, ...], written: tuple[Written, ...]) -> None:
    found = tuple(read(each.draft) if isinstance(each, Mapped) else each for each in results)
    assert found == tuple(map(_expected, written))


def read(draft: Draft) -> Written:
    """Return what a draft says of what its publisher wrote."""
    occurred = draft.content.get("occurred")
    return Written(
        draft.record_id.partition("/r_")[0],  # AHRQ: one form per patient, by a pseudonym
        None if occurred is None else (occurred["earliest"], occurred["latest"]),
        tuple(each.get("harm") for each in draft.content.get("patients") or ()),
        len(draft.content.get("staff") or ()),
    )


def _expected(written: Written) -> Written:
    if not written.is_record_id_private:
        return written
    hidden = record_pseudonym(PSEUDONYM_KEY, written.record_id)
    return replace(written, record_id=hidden, is_record_id_private=False)
