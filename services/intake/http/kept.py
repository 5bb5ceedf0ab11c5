"""What may be told of a request's reports where some were not kept, but only their size noted."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from services.intake.domain.results import Mapped, Refused, Result
from services.intake.http.problems import ADVICE, size_only
from services.intake.http.submission import UnavailableError
from services.intake.raw.rejection import Refusal
from shared.contracts.words import RejectionCode


def as_kept(results: tuple[Result, ...], too_large: Sequence[Refusal]) -> tuple[Result, ...]:
    """Return what may be told: a report that was not kept is not accepted, nor said to be kept.

    `too_large` are the refusals that stand in for reports.

    Raises:
        UnavailableError: one of a transaction is among them, which is taken whole or not at all.
    """
    lost = {refusal.index for refusal in too_large}
    if not lost:
        return results
    return tuple(_unkept(each) if _is_lost(each, lost) else each for each in results)


def _is_lost(result: Result, lost: Collection[int]) -> bool:
    # What repeats a report is kept as that report.
    return result.index in lost or (isinstance(result, Mapped) and result.repeats in lost)


def _unkept(result: Result) -> Refused:
    if isinstance(result, Refused):
        return replace(result, detail=size_only(result.code.value, result.detail))
    if result.transaction is not None:
        raise UnavailableError("record_too_large")
    limit = RejectionCode.LIMIT
    return Refused(limit, ADVICE[limit.value].detail, result.index, result.body)
