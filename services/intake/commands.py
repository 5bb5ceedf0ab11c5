"""`peerline intake rejected|redrive|remap|erase`: what operators do to reports that are in."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import click
from rich.console import Console
from rich.progress import Progress

from services.intake.settings import IntakeSettings
from shared.contracts.words import RejectionCode

if TYPE_CHECKING:
    from services.intake.bootstrap.operating import Outcome
    from shared.kafka.records import Incoming

_TRIAGES_OWN: Final = {RejectionCode.DUPLICATE, RejectionCode.DECIDE_ERROR, RejectionCode.TOO_LARGE}
_REASONS: Final = [code.value for code in RejectionCode if code not in _TRIAGES_OWN]
_SHOWN: Final = 20
_DRY: Final = "Nothing was written. Add --write to do it."
_tenant = click.option("--tenant", metavar="NAME", help="Only this tenant's.")
_reason = click.option(
    "--reason",
    type=click.Choice(_REASONS),
    metavar="CODE",
    help=f"Only what was refused for this reason: {', '.join(_REASONS)}.",
)
_since = click.option(
    "--since", type=click.DateTime(), metavar="DATE", help="Received at or after (UTC)."
)
_write = click.option("--write", "is_written", is_flag=True, help="Do it; else only tell.")


@click.command(short_help="List what was refused, and why.")
@_tenant
@_reason
@_since
@click.option("--csv", "is_csv", is_flag=True, help="CSV, for a spreadsheet.")
def rejected(
    tenant: str | None,
    reason: str | None,
    since: datetime | None,
    is_csv: bool,  # noqa: FBT001 - click's flag
) -> None:
    """List what was refused, and how often for which reason: a table, or CSV.

    Reads incident.rejected.v1; nothing of a payload is in it. 'record' is where the encrypted
    original lies; what was refused for its size alone has none. 'field' is a JSON Pointer into the
    report.

    What then? A wrong setting in tenant.yaml: correct it, then 'peerline intake redrive'. A wrong
    report: its publisher sends it again; GET /v1/rejections tells publishers the same. A
    mapper_error is a fault of Peerline: redrive after the next release.

    \b
    Examples:
      peerline intake rejected --tenant northwick --since 2026-03-01
      peerline intake rejected --reason refused_by_policy --csv > refused.csv
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.operating import operations  # noqa: PLC0415 - fast --help
    from services.intake.operations.rejections import (  # noqa: PLC0415 - fast --help
        Wanted,
        as_csv,
        table,
    )

    wanted = Wanted(tenant, _code(reason), _utc(since))
    with operations(IntakeSettings(), _tracked) as ours:
        told = ours.rejected(wanted)
    click.echo(as_csv(told) if is_csv else "\n".join(table(told)), nl=not is_csv)


@click.command(short_help="Map refused reports again.")
@click.argument("rejected_ids", metavar="[REJECTED_ID]...", nargs=-1, type=click.UUID)
@_tenant
@_reason
@_since
@_write
def redrive(
    rejected_ids: tuple[UUID, ...],
    tenant: str | None,
    reason: str | None,
    since: datetime | None,
    is_written: bool,  # noqa: FBT001 - click's flag
) -> None:
    """Map refused reports again, after the tenant's settings were corrected.

    Tries each first and tells what would come of it; with --write the raw records of those that
    map now are appended again, and the normaliser publishes them. Repeatable: what was redriven is
    not redriven again. The event id of the refusal then tells its publisher 'mapped'. A FHIR
    transaction goes again whole or not at all, whichever of its reports is named. Name ids, a
    reason or a time; the ids are in 'peerline intake rejected'.

    \b
    Examples:
      peerline intake redrive --tenant northwick --reason refused_by_policy
      peerline intake redrive --tenant northwick --reason refused_by_policy --write
      peerline intake redrive 3fa85f64-5717-4562-b3fc-2c963f66afa6 --write

    Afterwards GET /v1/incidents/EVENT_ID says 'mapped', and 'peerline audit explain' what triage
    decided.
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.operating import operations  # noqa: PLC0415 - fast --help
    from services.intake.operations.rejections import Wanted  # noqa: PLC0415 - fast --help

    if not (rejected_ids or reason or since):
        raise click.UsageError("Say which ones: ids, --reason or --since.")
    wanted = Wanted(tenant, _code(reason), _utc(since), frozenset(rejected_ids))
    with operations(IntakeSettings(), _tracked) as ours:
        _tell(ours.redrive(wanted, is_written=is_written), is_written=is_written)


@click.command(short_help="Map all reports again after a mapping was corrected.")
@_tenant
@_since
@_write
def remap(
    tenant: str | None,
    since: datetime | None,
    is_written: bool,  # noqa: FBT001 - click's flag
) -> None:
    """Map every report of the raw topic again, after a mapping or pack was corrected.

    Only what maps to something else than before is written: with the next mapping_generation, so
    that triage takes it as a new revision. What maps to the same is left alone, so a second run
    writes nothing. Reads incident.raw.v1 (kept 90 days), never a publisher's own topic.

    \b
    Examples (the first only tells how much would change):
      peerline intake remap --tenant northwick
      peerline intake remap --tenant northwick --write

    Afterwards 'peerline audit explain RECORD_ID' says what triage decided on the new revision.
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.operating import operations  # noqa: PLC0415 - fast --help

    with operations(IntakeSettings(), _tracked) as ours:
        outcome = ours.remap(tenant, _utc(since), is_written=is_written)
    _tell(outcome, is_written=is_written)


@click.command(short_help="Make reports unreadable for good.")
@click.option("--tenant", metavar="NAME", required=True, help="Whose reports.")
@click.option("--event-id", "event_ids", type=click.UUID, multiple=True, help="These reports.")
@click.option("--record", metavar="RECORD_ID", help="All revisions of this record; see --source.")
@click.option("--source", metavar="NAME", help="The record's source system.")
@click.option(
    "--before", type=click.DateTime(), metavar="DATE", help="All received before this day (UTC)."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(
    *,
    tenant: str,
    event_ids: tuple[UUID, ...],
    record: str | None,
    source: str | None,
    before: datetime | None,
    yes: bool,
) -> None:
    """Erase what was received: the reports' data keys go, only tombstones stay.

    The encrypted records, and every copy and backup of the topic, can then never be read again. It
    cannot be undone. Canonical reports, which hold no patient identifier and no narrative, stay
    until their retention ends.

    --record takes the id as the source has it and opens all of the tenant's records, refused ones
    too; it says how many it cannot attribute to any record. What publishers wrote to their own
    topics on Kafka lies there in clear for 30 days, and is named. Run it again if it was
    interrupted.

    Shows what would go and asks, unless --yes is given. Publishers who ask for a report that was
    not mapped yet are told 'erased'. Backups of the key store must expire too (docs/operator.md).

    \b
    Examples:
      peerline intake erase --tenant northwick --record 2026-0417 --source datix
      peerline intake erase --tenant northwick --before 2026-01-01 --yes
    """  # noqa: D301 - click's mark for lines that stay as they are
    if sum(map(bool, (event_ids, record, before))) != 1:
        raise click.UsageError("Say which ones: --event-id, --record or --before.")
    _erase(tenant, frozenset(event_ids), (record, source), _utc(before), is_asked=not yes)


def _erase(
    tenant: str,
    event_ids: frozenset[UUID],
    record: tuple[str | None, str | None],
    before: datetime | None,
    *,
    is_asked: bool,
) -> None:
    from services.intake.bootstrap.operating import operations  # noqa: PLC0415 - fast --help
    from services.intake.bootstrap.reference import keys_of  # noqa: PLC0415 - fast --help
    from services.intake.operations.erasing import (  # noqa: PLC0415 - fast --help
        Selection,
        cautions,
        erased_lines,
    )

    settings = IntakeSettings()
    record_id, source = record
    keys = keys_of(settings, record_id, tenant, source) if record_id else frozenset()
    with operations(settings, _tracked) as ours:
        found = ours.erasable(Selection(tenant, event_ids, keys, before))
        lines = list(erased_lines(found.reports))
        click.echo("\n".join(lines[:_SHOWN]) if lines else "No such report can be read any more.")
        if len(lines) > _SHOWN:
            click.echo(f"… and {len(lines) - _SHOWN} more")
        for caution in cautions(found, tenant, ours.source_topics(tenant)):
            click.echo(caution)
        if found.reports and is_asked:
            click.confirm(f"Make {len(lines)} reports unreadable for good?", abort=True)
        # Also where nothing is left to read: an erasure that was interrupted is finished so.
        erased = ours.eraser.erase(found)
        if found.reports:
            click.echo(f"{erased} reports are unreadable now.")


COMMANDS: Final[Mapping[str, click.Command]] = {
    "rejected": rejected,
    "redrive": redrive,
    "remap": remap,
    "erase": erase,
}


def _code(reason: str | None) -> RejectionCode | None:
    return None if reason is None else RejectionCode(reason)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _tell(outcome: "Outcome", *, is_written: bool) -> None:
    from services.intake.operations.again import SAYS  # noqa: PLC0415 - fast --help

    for verdict, count in sorted(outcome.verdicts.items()):
        click.echo(f"{count:>9}  {SAYS[verdict]}")
    if not outcome.verdicts:
        click.echo("There is no such report, or it was mapped again already.")
    elif is_written and not outcome.written:
        click.echo("Nothing had to be written.")
    elif is_written:
        what = "1 record was" if outcome.written == 1 else f"{outcome.written} records were"
        click.echo(f"{what} appended; the normaliser maps what is new.")
    else:
        click.echo(_DRY)


def _tracked(records: "Iterable[Incoming]", what: str, total: int) -> "Iterable[Incoming]":
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        yield from bar.track(records, total=total, description=what)
