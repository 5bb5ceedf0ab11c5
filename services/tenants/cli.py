"""`peerline tenant` and `peerline config`: parses arguments, builds settings, prints lines."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from services.tenants.bootstrap import (
    Rollout,
    activate,
    create,
    list_tenants,
    renew_keys,
    revoke,
    token,
)
from services.tenants.check import check_site
from services.tenants.create import DEFAULT_SOURCE, NewTenant
from services.tenants.findings import Finding, has_failed
from services.tenants.joining import joining
from services.tenants.settings import TenantSettings
from services.tenants.tokens import Grant
from shared.clock import SystemClock
from shared.contracts.words import OrderingKey, RulesMode
from shared.site.site import Site

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_MODE: Final = click.Choice([mode.value for mode in RulesMode])
_DAYS: Final = click.IntRange(1, 180)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _site() -> Site:
    return Site(TenantSettings().config_folder)


def _sources(given: tuple[str, ...]) -> tuple[tuple[str, OrderingKey], ...]:
    pairs = []
    for text in given or (DEFAULT_SOURCE,):
        name, _, ordering = text.partition(":")
        known = {key.value: key for key in OrderingKey}
        if ordering and ordering not in known:
            raise click.BadParameter(
                f"'{ordering}' orders nothing; write NAME:revision, NAME:updated_at or NAME:arrival"
            )
        pairs.append((name, known.get(ordering, OrderingKey.ARRIVAL)))
    return tuple(pairs)


@click.group()
def tenant() -> None:
    """Hospital groups: create one, list them, give publishers tokens.

    A tenant is the unit of isolation: own keys, own pseudonyms, own tokens, own rules. In 'shadow'
    its rules decide and show what they would do, and nobody is contacted; 'live' asks supporters to
    reach out, for what is reported from then on.

    \b
    peerline tenant create northwick --zone Europe/London --source datix:updated_at
    peerline tenant list
    peerline rules activate --help          from shadow to live, later
    """  # noqa: D301 - click's mark for lines that stay as they are


@tenant.command("create", short_help="Settings, keys, a token, directory, rules.")
@click.argument("name", metavar="TENANT")
@click.option("--title", default="", help="Name as people see it.")
@click.option("--zone", default="UTC", show_default=True, help="IANA zone of times without one.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME[:ORDERING]",
    help="A reporting system and how its revisions are ordered: revision, updated_at, arrival.",
)
@click.option("--units", type=_FILE, help="CSV: unit_id,title,campus,digest_address,alias:SOURCE.")
@click.option("--directory", type=_FILE, help="CSV of staff and supporters, for the notifier.")
@click.option("--mode", type=_MODE, default="shadow", show_default=True, help="Shadow first.")
@click.option("--expires-days", type=_DAYS, default=90, show_default=True, help="Of the token.")
@click.option("--from-address", help="Sender of the programme's messages.")
@click.option("--telephone", help="The programme's telephone, shown on every page.")
@click.option("--crisis-line", help="The crisis line, shown on every page.")
def tenant_create(  # noqa: PLR0913 - one argument per option
    *,
    name: str,
    title: str,
    zone: str,
    language: str,
    sources: tuple[str, ...],
    units: Path | None,
    directory: Path | None,
    mode: str,
    expires_days: int,
    **programme: str | None,
) -> None:
    """Create TENANT: settings, keys, a token; import its directory, activate the default rules.

    Safe to repeat: it makes what is missing, never overwrites a key or a setting, and shows the
    token once. Starts in shadow mode: everything is decided and shown, nobody is contacted.

    \b
    peerline tenant create northwick --zone Europe/London \\
        --source datix:updated_at --units units.csv --directory staff.csv
    """  # noqa: D301 - click's mark for lines that stay as they are
    settings = TenantSettings()
    now = SystemClock().now()
    new = NewTenant(
        name=name,
        title=title,
        zone=zone,
        language=language,
        sources=_sources(sources),
        units=units,
        programme=tuple((field, text) for field, text in programme.items() if text is not None),
        validity=timedelta(days=expires_days),
    )
    rollout = Rollout(directory, RulesMode(mode))
    _print(create(Site(settings.config_folder), new, rollout, now, joining(settings)))


@tenant.command("activate", short_help="Activate the default rules for a tenant.")
@click.argument("name", metavar="TENANT")
@click.option("--mode", type=_MODE, default="shadow", show_default=True)
def tenant_activate(name: str, mode: str) -> None:
    """Activate the default rule set for TENANT, in shadow or live from now on.

    Needed once, when Kafka did not run at 'tenant create'. Later: 'peerline rules activate'.
    """
    _site().tenant(name)
    _print(activate(name, Rollout(mode=RulesMode(mode)), joining(TenantSettings())))


@tenant.command("list", short_help="Show tenants and their valid tokens.")
def tenant_list() -> None:
    """List tenants, and the ids and expiry of their valid tokens."""
    _print(list_tenants(_site(), SystemClock().now()))


@tenant.command("token", short_help="Make a second token, or revoke one.")
@click.argument("name", metavar="TENANT")
@click.option("--system", "systems", multiple=True, help="Source system; all when none is given.")
@click.option("--expires-days", type=_DAYS, default=90, show_default=True)
@click.option("--format", "formats", multiple=True, help="Format it may send; any by default.")
@click.option("--certificate", metavar="NAME", help="Trust a client certificate with this name.")
@click.option("--revoke", "revoked", metavar="ID", help="End the token with this id instead.")
def tenant_token(
    *,
    name: str,
    systems: tuple[str, ...],
    expires_days: int,
    formats: tuple[str, ...],
    certificate: str | None,
    revoked: str | None,
) -> None:
    """Print a second token for TENANT, so that a publisher can change over; or revoke one.

    Two may be valid at once for the same systems. Running services notice without a restart.
    With --certificate no token is made: a client certificate that your proxy has seen and that
    carries NAME as subject alternative name (DNS or URI) opens the same (docs/operator.md).

    \b
    peerline tenant token northwick --system datix --format native
    peerline tenant token northwick --certificate reporting.northwick.example
    """  # noqa: D301 - click's mark for lines that stay as they are
    site = _site()
    if revoked is not None:
        _print(revoke(site, name, revoked))
        return
    grant = Grant(systems, formats, timedelta(days=expires_days), certificate)
    _print(token(site, name, grant, SystemClock().now()))


@click.group()
def config() -> None:
    """Prove the site's configuration before anything runs; renew month keys."""


@config.command("check", short_help="Check everything, touching no topic.")
def config_check() -> None:
    """Check everything without touching a topic or the network; exit 1 when something will fail.

    Looks at credentials, ordering and scale per source, units, keys and their file modes, privacy
    table, zones, confirm windows, programme fields. 'note' works, but settle it before going live.
    """
    findings = check_site(_site(), SystemClock().now())
    _print(_table(findings))
    failed = sum(1 for finding in findings if finding.status == "fail")
    click.echo(f"{len(findings)} findings, {failed} failed.")
    if has_failed(findings):
        raise SystemExit(1)


@config.command("keys", short_help="Renew month keys, destroy old secrets.")
def config_keys() -> None:
    """Lay out the month keys that are due (14 days ahead) and destroy secrets past their term.

    'peerline up' does it by itself every hour; on several hosts run it daily and carry only the
    .json files to intake.
    """
    _print(renew_keys(_site(), SystemClock().now()))


def _table(findings: tuple[Finding, ...]) -> Iterable[str]:
    subject = max((len(finding.subject) for finding in findings), default=0)
    topic = max((len(finding.topic) for finding in findings), default=0)
    for finding in findings:
        left = f"{finding.status:<5} {finding.subject:<{subject}}  {finding.topic:<{topic}}"
        yield f"{left}  {finding.says}"
        if finding.do:
            yield f"{'':<{len(left)}}  → {finding.do}"
