"""Maps the report of a raw record: as the edge did when it answered, or as it would be now."""

from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.receive import receive
from services.intake.domain.results import Refused, Result
from services.intake.raw.record import Parcel
from shared.contracts.words import RejectionCode


def results_of(parcel: Parcel, context: MappingContext) -> tuple[Result, ...]:
    """Return what the report of a parcel maps to; at least one result, whatever its bytes are."""
    if parcel.refusal is None:
        return _mapped(parcel, context)
    # The cause of a transaction's failure is told by its place; siblings would be mapped alone.
    told = _mapped(parcel, context) if parcel.transaction is not None else ()
    if told and all(isinstance(each, Refused) for each in told):
        return told
    return (Refused(parcel.refusal, "", 0, parcel.body),)


def _mapped(parcel: Parcel, context: MappingContext) -> tuple[Result, ...]:
    envelope = parcel.envelope
    hints = Hints(
        context,
        envelope.content_type,
        envelope.headers,
        envelope.pinned_format,
        parcel.mapping_generation,
        envelope.pack,
        envelope.place,
    )
    # An empty array gives no result, but a raw record never ends without a trace.
    return receive(parcel.body, hints) or (
        Refused(RejectionCode.NOT_SUPPORTED, "", 0, parcel.body),
    )
