"""`peerline intake` on the command line: what it explains, and how a record's key is found."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from services.intake.cli import group
from services.intake.settings import IntakeSettings
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import TOPIC
from tests.builders.lfpse import REFERENCE, an_lfpse_event
from tests.builders.site import a_tenant_document, a_tenant_file


def run(intake: IntakeStage, *arguments: str) -> str:
    """Run `peerline intake` on the stage's site and return what it prints."""
    environment = {"PEERLINE_CONFIG": str(intake.site.root)}
    result = CliRunner(env=environment).invoke(group, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_the_key_of_a_record_is_the_one_that_was_answered(intake: IntakeStage) -> None:
    """Plain ids stay plain."""
    answered = intake.post({"record_id": "2026-1"}).json()["incident_key"]

    found = run(intake, "ref", "2026-1", "--tenant", "northwick", "--source", "datix")
    assert found == answered


def test_the_key_of_a_fhir_record_is_its_pseudonym(intake: IntakeStage) -> None:
    """The only way from a resource's id to what the topics call it."""
    sent = {"resourceType": "AdverseEvent", "id": "ae-1"}
    answered = intake.post(sent).json()["incident_key"]

    found = run(intake, "ref", "ae-1", "--tenant", "northwick", "--source", "datix", "--fhir")
    assert found == answered


def test_the_key_of_an_lfpse_record_is_its_pseudonym_without_being_told(
    intake: IntakeStage,
) -> None:
    """By the format of the source: a reference number is treated as any id of an AdverseEvent."""
    document = a_tenant_document()
    document["sources"]["datix"]["format"] = "lfpse"
    a_tenant_file(intake.site, document)
    answered = intake.post(an_lfpse_event()).json()["incident_key"]

    found = run(intake, "ref", REFERENCE, "--tenant", "northwick", "--source", "datix")
    assert found == answered


def test_a_place_is_the_id_of_its_record_whatever_the_format(intake: IntakeStage) -> None:
    """It is nobody's id, so it travels in clear where others are pseudonyms."""
    document = a_tenant_document()
    document["sources"]["datix"] = {"format": "fhir", "topic": "northwick-datix"}
    a_tenant_file(intake.site, document)
    for place in (f"{TOPIC}-0-7", f"{TOPIC}-11-70/2"):
        found = run(intake, "ref", place, "--tenant", "northwick", "--source", "datix")
        assert found == f"northwick|datix|{place}"

    other = run(intake, "ref", f"{TOPIC}-0", "--tenant", "northwick", "--source", "datix")
    assert other.startswith("northwick|datix|r_")


def test_where_several_tenants_could_be_meant_the_command_says_so(intake: IntakeStage) -> None:
    """It names them, and the option to add."""
    from services.intake.bootstrap.reference import UnclearReferenceError

    with pytest.raises(UnclearReferenceError, match="northwick, southmoor") as refusal:
        run(intake, "ref", "2026-1")
    assert "--tenant" in refusal.value.hint


@pytest.mark.parametrize("command", [[], *([name] for name in group.commands)])
def test_each_help_teaches_its_command(command: list[str]) -> None:
    """At least three sentences, and every option explained."""
    output = CliRunner().invoke(group, [*command, "--help"]).output

    assert output.count(".") >= 3
    assert "Usage:" in output


def test_settings_are_nested_and_have_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """INTAKE_<GROUP>__<NAME>; without any, everything lies under the home."""
    monkeypatch.setenv("PEERLINE_HOME", str(tmp_path))
    monkeypatch.delenv("PEERLINE_CONFIG", raising=False)
    monkeypatch.setenv("INTAKE_HTTP__PORT", "8123")

    settings = IntakeSettings()
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8123)
    assert settings.config_folder == tmp_path / "config"
    assert settings.keystore_url == f"sqlite:///{tmp_path}/data/intake/keys.db"
