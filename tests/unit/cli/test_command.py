"""`peerline` itself: its help, what it imports, and how it tells errors."""

import subprocess
import sys
from types import MappingProxyType

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, SecretStr

from services import cli
from services.cli import MOUNTS, Mount, main, peerline
from services.command_errors import DEFECT, REFUSED, tell
from shared.site.refusals import TenantUnknownError


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator would."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_by_who_uses_it() -> None:
    """One line each under a heading, and a first session that can be copied."""
    text = CliRunner().invoke(peerline, ["--help"]).output

    for name, mount in MOUNTS.items():
        assert f"{name} " in text
        assert mount.says in text
        assert f"{mount.group}:" in text
    assert "peerline tenant create northwick --zone Europe/London --directory staff.csv\n" in text


def test_help_imports_nothing_heavy() -> None:
    """So that it answers at once: no service, no framework, no Kafka client."""
    script = (
        "import sys\n"
        "from services.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'faust', 'sqlalchemy', 'fastapi', 'kafka', 'pydantic', 'rich', 'yaml', 'nacl'}\n"
        "print('IMPORTED', sorted(heavy & set(sys.modules)))\n"
        "print('OURS', sorted(m for m in sys.modules if m.startswith(('services.', 'shared'))))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    assert "IMPORTED []" in told
    assert "OURS ['services.cli']" in told


@pytest.mark.parametrize("name", sorted(MOUNTS))
def test_every_mount_says_one_short_sentence(name: str) -> None:
    """It fits on a line of eighty characters beside the longest name."""
    mount = MOUNTS[name]

    assert mount.says.endswith(".")
    assert len(mount.says) <= 60
    assert mount.target.startswith("services.")


@pytest.mark.parametrize("name", ["tenant", "config", "up"])
def test_a_mounted_command_explains_itself(name: str) -> None:
    """Its help comes from its own module."""
    result = CliRunner().invoke(peerline, [name, "--help"], prog_name="peerline")

    assert result.exit_code == 0
    assert f"Usage: peerline {name}" in result.output


def test_a_mistyped_command_is_answered_with_the_likely_one() -> None:
    """Exit code 2, as for every wrong use."""
    result = CliRunner().invoke(peerline, ["tennant"])

    assert result.exit_code == 2
    assert "Did you mean 'tenant'?" in result.output


def test_a_wild_guess_is_sent_to_the_help() -> None:
    """No far-fetched suggestion."""
    result = CliRunner().invoke(peerline, ["xyzzy"])

    assert "'peerline --help' lists them" in result.output


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mount commands whose modules are not there, or not whole."""
    table = {
        "absent": Mount("x", "services.absent_service.cli:group", "Not in this image."),
        "broken": Mount("x", "services.cli:FIRST_SESSION", "No command at all."),
    }
    monkeypatch.setattr(cli, "MOUNTS", MappingProxyType(table))


@pytest.mark.usefixtures("mounted")
def test_a_service_that_is_not_installed_is_told_in_words() -> None:
    """Images carry one service each; the others' commands are no defect."""
    result = CliRunner().invoke(peerline, ["absent"])

    assert result.exit_code == 1
    assert "'peerline absent' is not part of this installation." in result.output


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install stands in the message."""

    def importing(_: str) -> object:
        raise ModuleNotFoundError(name="faust")

    monkeypatch.setattr("services.cli.importlib.import_module", importing)

    result = CliRunner().invoke(peerline, ["triage"])

    assert "needs the package 'faust'" in result.output
    assert "pip install 'peerline[triage]'" in result.output


@pytest.mark.usefixtures("mounted")
def test_a_wrong_mount_is_a_defect() -> None:
    """A programming error is not dressed up as a wrong use."""
    with pytest.raises(TypeError, match="no click command"):
        CliRunner().invoke(peerline, ["broken"], catch_exceptions=False)


def test_python_dash_m_works_and_tells_the_version() -> None:
    """As the supervisor starts its children."""
    told = run("--version")

    assert told.returncode == 0
    assert told.stdout.startswith("peerline ")


def test_a_refusal_is_one_message_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, what to do, no stack trace."""
    monkeypatch.setenv("PEERLINE_CONFIG", str(tmp_path))

    with pytest.raises(SystemExit) as left:
        main(["tenant", "token", "nowhere"])

    told = capsys.readouterr().err
    assert left.value.code == REFUSED
    assert "peerline: there is no tenant 'nowhere'" in told
    assert "peerline tenant create nowhere" in told
    assert "Traceback" not in told


def test_a_refusal_without_a_hint_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Any of our own errors counts, by its module and name."""

    class NoHintError(Exception):
        """A refusal of one of our modules."""

    NoHintError.__module__ = "services.intake.domain.refused"

    assert tell(NoHintError("the pack does not load")) == REFUSED
    assert capsys.readouterr().err == "peerline: the pack does not load\n"


def test_a_hint_stands_on_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Easy to find."""
    tell(TenantUnknownError("there is no tenant", "Create it."))

    assert capsys.readouterr().err == "peerline: there is no tenant\n  Create it.\n"


def test_a_wrong_setting_is_told_without_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Settings may be secrets."""

    class Settings(BaseModel):
        password: SecretStr
        port: int

    with pytest.raises(ValueError, match="port") as wrong:
        Settings.model_validate({"port": "hunter2"})

    assert tell(wrong.value) == REFUSED
    told = capsys.readouterr().err
    assert "port: Input should be a valid integer" in told
    assert "password: Field required" in told
    assert "hunter2" not in told


def test_an_unreachable_kafka_is_told_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """By the client library's own names."""
    from kafka.errors import KafkaTimeoutError

    assert tell(KafkaTimeoutError("10.0.0.1:9092")) == REFUSED
    assert "peerline kafka status" in capsys.readouterr().err


def test_a_defect_shows_its_place_and_not_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The text of an unknown error may quote a report."""
    try:
        dict[str, str]()["Mrs Smith fell"]
    except KeyError as error:
        code = tell(error)

    told = capsys.readouterr().err
    assert code == DEFECT
    assert "a defect in Peerline: KeyError" in told
    assert "test_command.py" in told
    assert "Smith" not in told


def test_our_own_usage_errors_are_clicks(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option never reaches `tell`."""
    with pytest.raises(SystemExit) as left:
        main(["tenant", "create", "x", "--mode", "loud"])

    assert left.value.code == click.UsageError.exit_code
    assert "shadow" in capsys.readouterr().err


def test_no_process_leaves_a_core_dump() -> None:
    """It would hold in clear what a report holds; what a command starts may leave none either."""
    program = (
        "import resource\nfrom services.cli import main\n"
        "try:\n    main(['--version'])\n"
        "finally:\n    print(resource.getrlimit(resource.RLIMIT_CORE))"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert told.stdout.splitlines()[-1] == "(0, 0)"
