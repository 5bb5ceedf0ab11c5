"""`peerline rules activate`: put a checked set into force, signed."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from services.triage.domain.activation import EVERY_TENANT
from services.triage.rules_cli.opening import ONE_FILE, examine_file, open_file
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import RulesMode

_MODES: Final = click.Choice([mode.value for mode in RulesMode])


class MomentUnreadableError(ValueError):
    """A moment has no offset from UTC, or is none."""


@click.command()
@click.argument("path", required=False, type=ONE_FILE)
@click.option("--tenant", required=True, help=f"The tenant; {EVERY_TENANT} for all without own.")
@click.option("--mode", required=True, type=_MODES, help="shadow decides and requests nothing.")
@click.option("--approved-by", required=True, metavar="ROLE", help="The role that approved it.")
@click.option("--effective-from", metavar="TIME", help="At least 15 minutes ahead (the default).")
@click.option("--now", "at_once", is_flag=True, help="At once: only a tenant's first activation.")
@click.option("--live-from", metavar="TIME", help="Requests start here, by receipt of the report.")
@click.option("--unit", "units", multiple=True, metavar="UNIT=MODE", help="A unit that differs.")
@click.option("--what-if", metavar="DIGEST", help="The digest of the comparison that was approved.")
@click.option("--without-what-if", metavar="REASON", help="Why nothing was compared.")
@click.option("--key", "key_name", help="The key that signs; default: the site's own.")
def activate(  # noqa: PLR0913 - one parameter per option
    path: Path | None,
    tenant: str,
    mode: str,
    approved_by: str,
    effective_from: str | None,
    *,
    at_once: bool,
    live_from: str | None,
    units: tuple[str, ...],
    what_if: str | None,
    without_what_if: str | None,
    key_name: str | None,
) -> None:
    """Put a rule file (default: what ships) into force for a tenant, signed.

    Reports received from --effective-from on are decided by it, earlier ones never. A tenant's
    first activation may take effect at once; any later one must be 15 minutes ahead, so that all
    workers have it and a replay chooses the same set. A set with a rule whose examples would miss
    a changed number, code or word is refused ('peerline rules check'). 'peerline rules diff' with
    --reports prints the digest for --what-if, which the signed activation keeps.
    """
    from services.triage import rule_admin  # noqa: PLC0415 - only this command needs Kafka
    from services.triage.settings import TriageSettings  # noqa: PLC0415
    from shared.clock import SystemClock  # noqa: PLC0415
    from shared.site.provision import RULE_KEY_NAME  # noqa: PLC0415
    from shared.site.site import Site  # noqa: PLC0415

    now = SystemClock().now()
    order = rule_admin.Order(
        tenant=tenant,
        mode=RulesMode(mode),
        approved_by=approved_by,
        effective_from=now if at_once else _moment(effective_from),
        live_from=_moment(live_from),
        units=tuple(_unit(text) for text in units),
        key_name=key_name or RULE_KEY_NAME,
        what_if_digest=_digest(what_if),
        without_what_if=without_what_if,
    )
    file = open_file(path)
    examine_file(file, path.name if path else file.rule_set.name)
    settings = TriageSettings()
    security = settings.rules_admin.model_dump()
    client = rule_admin.connect(settings.bootstrap_servers, settings.home, security)
    written = rule_admin.activate(client, Site(settings.config_folder), file.rule_set, order, now)
    click.echo(rule_admin.sentence(file.rule_set, written))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MomentUnreadableError("a time is written like 2026-01-31T12:00:00Z, with its offset")
    return moment


def _digest(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        raise click.UsageError("--what-if is the digest that 'peerline rules diff' printed.")
    return text


def _unit(text: str) -> UnitActivation:
    unit_id, _, mode = text.partition("=")
    if mode not in tuple(RulesMode):
        raise click.UsageError("--unit is written UNIT=live or UNIT=shadow.")
    return UnitActivation(unit_id=unit_id, mode=RulesMode(mode))
