"""`peerline intake`: parses arguments, builds settings, runs one of intake's processes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from services.intake.commands import COMMANDS
from services.intake.settings import IntakeSettings

# Of a line that goes to a file or another program: what is cut off there is lost.
_PIPED_WIDTH = 10_000
_PORT = click.IntRange(1, 65_535)
_health_port = click.option(
    "--health-port", type=_PORT, default=None, help="Serve /healthz, /readyz, /metrics on loopback."
)


def _given(slot: int | None, health_port: int | None) -> dict[str, int]:
    options = {"slot": slot, "health_port": health_port}
    return {name: value for name, value in options.items() if value is not None}


@click.group()
def group() -> None:
    """Take incident reports in and make them canonical and pseudonymous.

    Three processes: 'http' answers publishers once their report is durable on incident.raw.v1,
    encrypted; 'import' does the same for what publishers write to Kafka topics of their own;
    'normalise' maps it to incident.reported.v1, or says on incident.rejected.v1 why not. The other
    commands are for people: what was refused, what is asked, map again, erase.

    \b
    On one machine 'peerline up' starts all of it. By hand, each in a terminal of its own:
      peerline intake http
      peerline intake normalise

    Settings come from the environment: KAFKA_BOOTSTRAP_SERVERS, PEERLINE_HOME, PEERLINE_CONFIG,
    PEERLINE_PARTITIONS, and INTAKE_HTTP__PORT, INTAKE_KEYSTORE__URL and so on (docs/operator.md).
    """  # noqa: D301 - click's mark for lines that stay as they are


@group.command(short_help="Serve the HTTP edge.")
@click.option("--host", default=None, help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=_PORT, default=None, help="Port to listen on (default 8080).")
@_health_port
def http(host: str | None, port: int | None, health_port: int | None) -> None:
    """Serve the HTTP edge until SIGTERM or Ctrl-C.

    A report is answered with 202 only after every in-sync replica has it; while Kafka or the key
    store does not answer, publishers get 503 and send again. GET /docs explains the API to its
    users, /readyz says what is missing.

    \b
    Try it:
      curl -i http://127.0.0.1:8080/v1/incidents:validate \\
           -H "Authorization: Bearer plt_..." -H "Content-Type: application/json" \\
           -d '{"record_id": "1", "kind": "incident"}'
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.serving import run_http  # noqa: PLC0415 - fast --help

    settings = IntakeSettings()
    given = {"host": host, "port": port, "health_port": health_port}
    changed = {name: value for name, value in given.items() if value is not None}
    run_http(settings.model_copy(update={"http": settings.http.model_copy(update=changed)}))


@group.command("import", short_help="Take in what publishers write to their own topics.")
@click.option(
    "--slot",
    type=click.IntRange(0, 999),
    default=None,
    help="Which importer this is, 0 by default; the same number after every restart.",
)
@_health_port
def import_(slot: int | None, health_port: int | None) -> None:
    """Import publishers' own Kafka topics until SIGTERM or Ctrl-C; what is begun is finished first.

    Reads every topic that a tenant.yaml binds and writes each report to incident.raw.v1, encrypted
    as HTTP does it. Whose a report is, only the binding says, never the record. Each record has
    exactly one effect, whenever this is killed. While nothing is bound it waits; a new binding is
    seen within 30 s (INTAKE_IMPORTER__REREAD_SECONDS).

    \b
    To bind incident.source.northwick-datix.v1, write into northwick's tenant.yaml
      sources:
        datix: {topic: northwick-datix}
    and then:
      peerline config check && peerline kafka topics --create
      peerline intake import
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.importing import run_importer  # noqa: PLC0415 - fast --help

    settings = IntakeSettings()
    importer = settings.importer.model_copy(update=_given(slot, health_port))
    run_importer(settings.model_copy(update={"importer": importer}))


@group.command(short_help="Map raw records to canonical reports.")
@click.option(
    "--slot",
    type=click.IntRange(0, 999),
    default=None,
    help="Which normaliser this is, 0 by default; the same number after every restart.",
)
@_health_port
def normalise(slot: int | None, health_port: int | None) -> None:
    """Map raw records until SIGTERM or Ctrl-C; what is begun is finished first.

    Reads incident.raw.v1; reports go to incident.reported.v1, refusals to incident.rejected.v1
    ('peerline intake rejected' lists them). Each record has exactly one effect: start it again
    after any end, and it goes on where it stopped. Several may run, each with its own --slot; Kafka
    shares the partitions out. Where a key or a setting is missing it holds the partition and pages,
    and loses nothing.

    \b
    Examples:
      peerline intake normalise
      peerline intake normalise --slot 1 --health-port 8084
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.normalising import run_normaliser  # noqa: PLC0415 - fast --help

    settings = IntakeSettings()
    normaliser = settings.normaliser.model_copy(update=_given(slot, health_port))
    run_normaliser(settings.model_copy(update={"normaliser": normaliser}))


@group.command(short_help="Print the incident_key of a record.")
@click.argument("record_id")
@click.option("--tenant", default=None, help="Whose record it is; needed where there are several.")
@click.option("--source", default=None, help="Its source system; needed where there are several.")
@click.option(
    "--fhir/--plain",
    default=None,
    help="Whether the id is a FHIR resource's (default: as the source's format says).",
)
def ref(record_id: str, tenant: str | None, source: str | None, fhir: bool | None) -> None:  # noqa: FBT001 - click's flag
    """Print the incident_key of a record, under which every topic knows it.

    RECORD_ID is the id in the source system. Ids that may be a patient's (FHIR) travel as a
    pseudonym, which only this site can compute. For an AdverseEvent with identifiers give its id
    and all 'system|value', sorted, joined by '|'.

    \b
    Examples:
      peerline intake ref 2026-0417 --tenant northwick --source datix
      peerline audit explain "$(peerline intake ref 2026-0417)"
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.reference import key_of  # noqa: PLC0415 - fast --help

    click.echo(key_of(IntakeSettings(), record_id, tenant, source, is_private=fhir))


@group.command(short_help="List what triage asks of the publishers.")
@click.option("--tenant", help="Only this hospital group's questions.")
@click.option("--all", "answered_too", is_flag=True, help="Answered and withdrawn ones too.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values on standard output.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file questions-TENANT.csv per hospital group into this folder.",
)
def questions(tenant: str | None, folder: Path | None, *, answered_too: bool, as_csv: bool) -> None:
    """List what reports leave open, so that those who filed them can add it.

    Triage decides at once with what it has. Where a missing fact could change tier or priority, it
    asks for that field, once per record and field. The answer is a new revision of the report, sent
    as any other: once it has come in, the question is 'answered' (or asked anew). A retracted
    report's questions are 'withdrawn'. Questions are kept 90 days.

    'field' is the place in the report as a JSON Pointer: /patients/0/harm is the harm of the first
    patient. Nothing here names a patient or a member of staff.

    \b
    Examples:
      peerline intake questions
      peerline intake questions --tenant northwick --csv > questions.csv
      peerline intake questions --all --folder /var/lib/peerline/questions
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.intake.bootstrap.questions import questions as listed  # noqa: PLC0415 - fast --help
    from services.intake.question_list import as_table, to_csv, write_files  # noqa: PLC0415

    with _bar("reading reports") as on_progress:
        found = listed(IntakeSettings(), tenant, on_progress, answered_too=answered_too)
    if folder is not None:
        for path in write_files(folder, found):
            click.echo(path)
    elif as_csv:
        click.echo(to_csv(found), nl=False)
    elif found:
        Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(as_table(found))
    else:
        click.echo("No question is open.")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[], None]]:
    """Give a callback that draws on a terminal how many records were read."""
    with Progress(
        "[progress.description]{task.description}",
        "{task.completed}",
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda: progress.advance(task)


for _name, _command in COMMANDS.items():
    group.add_command(_command, _name)
