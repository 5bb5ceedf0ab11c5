"""`peerline`: one command, whose sub-commands are imported only when they are used."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final

import click

FIRST_SESSION: Final = """\
A first session, on this machine alone:

  peerline up                                    Kafka and all services; leave it running
  peerline tenant create northwick --zone Europe/London --directory staff.csv
                                                 prints the publisher's token, once
  curl -H "Authorization: Bearer plt_..." -H "Content-Type: application/json" \\
       -d @report.json http://127.0.0.1:8080/v1/incidents
  peerline audit explain RECORD_ID               why triage decided what it decided

Or see all of it at once: peerline demo"""


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a sub-command lives: `target` is `module:attribute`, imported on first use."""

    group: str
    target: str
    says: str
    extra: str | None = None


_TRY: Final = "To try it out"
_PUBLISH: Final = "Publishers"
_RUN: Final = "Operations: set up and run"
_PROGRAMME: Final = "Coordinators and clinical leads"
_AUDIT: Final = "Auditors"

MOUNTS: Final[Mapping[str, Mount]] = MappingProxyType(
    {
        "demo": Mount(
            _TRY, "services.demo.cli:group", "The whole story, live, with made-up people."
        ),
        "decide": Mount(
            _TRY, "services.offline.cli:command", "Map and triage files, without a broker."
        ),
        "mapping": Mount(
            _TRY, "services.offline.mapping_cli:group", "Try and draft packs for an export's rows."
        ),
        "publish": Mount(
            _PUBLISH, "services.publish.cli:command", "Send an export or other files to an intake."
        ),
        "up": Mount(_RUN, "services.supervisor.cli:command", "Run the whole product on this host."),
        "install": Mount(
            _RUN, "services.supervisor.cli:install_command", "Prepare a site: keys, topics, rules."
        ),
        "tenant": Mount(_RUN, "services.tenants.cli:tenant", "Create hospital groups and tokens."),
        "config": Mount(
            _RUN, "services.tenants.cli:config", "Prove the configuration; renew keys."
        ),
        "kafka": Mount(
            _RUN, "services.kafka_cli.cli:group", "The embedded Kafka; topics and rights.", "kafka"
        ),
        "intake": Mount(_RUN, "services.intake.cli:group", "Receive and map reports.", "intake"),
        "triage": Mount(
            _RUN, "services.triage.cli:group", "Decide who is offered support.", "triage"
        ),
        "notifier": Mount(
            _RUN, "services.notifier.cli:group", "Cases, messages and the console.", "notifier"
        ),
        "directory": Mount(
            _PROGRAMME,
            "services.notifier.directory_cli:group",
            "Import staff and supporters.",
            "notifier",
        ),
        "rules": Mount(
            _PROGRAMME,
            "services.offline.rules_cli:group",
            "Write, check, try and activate rule sets.",
        ),
        "audit": Mount(
            _AUDIT, "services.auditor.cli:group", "Explain and replay decisions.", "auditor"
        ),
    }
)


class MountedGroup(click.Group):
    """A click group that knows its commands by table and imports one only to run or explain it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(MOUNTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command; None for a name that the table does not have."""
        mount = MOUNTS.get(cmd_name)
        return _load(cmd_name, mount) if mount else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command was probably meant when there is none of that name."""
        name = args[0]
        if name not in MOUNTS and not name.startswith("-"):
            raise click.UsageError(_unknown(name), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write one line per command, grouped by who uses it, without importing any."""
        for group in dict.fromkeys(mount.group for mount in MOUNTS.values()):
            rows = [(name, mount.says) for name, mount in MOUNTS.items() if mount.group == group]
            with formatter.section(group):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the example as it stands: a wrapped command cannot be copied."""
        formatter.write_paragraph()
        for line in FIRST_SESSION.splitlines():
            formatter.write(f"{line}\n")


def _unknown(name: str) -> str:
    import difflib  # noqa: PLC0415 - only a mistyped name needs it

    near = difflib.get_close_matches(name, MOUNTS, n=1)
    advice = f"Did you mean '{near[0]}'?" if near else "'peerline --help' lists them."
    return f"There is no command '{name}'. {advice}"


def _load(name: str, mount: Mount) -> click.Command:
    module_name, _, attribute = mount.target.partition(":")
    try:
        command = getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as missing:
        raise _not_installed(name, mount, missing) from None
    if not isinstance(command, click.Command):
        raise TypeError(f"{mount.target} is no click command")
    return command


def _not_installed(name: str, mount: Mount, missing: ModuleNotFoundError) -> click.ClickException:
    if str(missing.name).startswith(("services.", "shared.")):
        return click.ClickException(f"'peerline {name}' is not part of this installation.")
    remedy = f"Install it: pip install 'peerline[{mount.extra or 'all'}]'."
    return click.ClickException(f"'peerline {name}' needs the package '{missing.name}'. {remedy}")


def _version() -> str:
    try:
        return version("peerline")
    except PackageNotFoundError:
        return "unreleased"


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        click.echo(f"peerline {_version()}")
        ctx.exit()


@click.group(cls=MountedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def peerline() -> None:
    """From an incident report to a colleague reaching out.

    Hospitals' incident reports come in, triage finds who may need support and says why, a trained
    peer is asked to call, and every decision can be replayed.
    """


def _forbid_core_dumps() -> None:
    # A dump would hold reports and keys in clear; what is started from here inherits this.
    try:
        import resource  # noqa: PLC0415 - only Unix has it, and publishers may have another
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `peerline`; a refusal becomes one clear message and exit code 2."""
    _forbid_core_dumps()
    try:
        peerline.main(args=arguments, prog_name="peerline")
    except Exception as error:  # noqa: BLE001 - the one place where a command's errors end
        from services.command_errors import tell  # noqa: PLC0415 - only when something is wrong

        raise SystemExit(tell(error)) from None


if __name__ == "__main__":
    main()
