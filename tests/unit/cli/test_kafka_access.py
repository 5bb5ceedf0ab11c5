"""`peerline kafka acls` and `logins` before a broker is asked."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.table import Table

from services.kafka_cli.cli import group
from services.kafka_cli.options import show
from shared.contracts.access import line, rules
from tests.builders.site import a_site, a_tenant_document, a_tenant_file


def peerline_kafka(config: Path, *arguments: str) -> Result:
    """Run the command for a site, without a broker."""
    environment = {"PEERLINE_CONFIG": str(config), "KAFKA_BOOTSTRAP_SERVERS": None}
    return CliRunner(env={**environment, "PEERLINE_HOME": str(config / "nowhere")}).invoke(
        group, arguments
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of a site with two hospitals, both of which bind a topic."""
    site = a_site(tmp_path, "northwick", "southwick")
    for tenant, topic in (("northwick", "northwick-datix"), ("southwick", "southwick-datix")):
        a_tenant_file(site, a_tenant_document(tenant, sources={"datix": {"topic": topic}}))
    return tmp_path


def test_the_list_has_the_publishers_of_this_site(config: Path) -> None:
    """One line each, as acls.txt; no broker is needed to read it."""
    printed = peerline_kafka(config, "acls")

    assert printed.exit_code == 0
    assert printed.output.splitlines() == [
        line(rule) for rule in rules(["northwick-datix", "southwick-datix"])
    ]


def test_a_topic_that_two_hospitals_bind_is_nobodys(config: Path) -> None:
    """Whoever wrote to it, its reports would be somebody else's as well."""
    site = a_site(config, "eastwick")
    a_tenant_file(
        site, a_tenant_document("eastwick", sources={"datix": {"topic": "northwick-datix"}})
    )

    printed = peerline_kafka(config, "acls").output

    assert "publisher-northwick-datix" not in printed
    assert "publisher-southwick-datix" in printed


def test_pruning_is_asked_for_together_with_applying(config: Path) -> None:
    """What would go is shown first, by --check."""
    refused = peerline_kafka(config, "acls", "--prune")

    assert refused.exit_code == 2
    assert "--check shows" in refused.output


def test_a_password_is_made_for_a_login_that_there_is(config: Path) -> None:
    """A mistyped name makes no login."""
    refused = peerline_kafka(config, "logins", "--folder", str(config), "--new", "publisher-x")

    assert refused.exit_code == 2
    assert "publisher-x: no such login" in refused.output
    assert "publisher-northwick-datix" in refused.output


@pytest.mark.parametrize("arguments", [("acls", "--check"), ("logins", "--folder", "x")])
def test_without_a_broker_it_is_said_what_to_set(config: Path, arguments: tuple[str, ...]) -> None:
    """As for topics."""
    refused = peerline_kafka(config, *arguments)

    assert refused.exit_code == 1
    assert "KAFKA_BOOTSTRAP_SERVERS" in refused.output


def test_a_table_that_goes_into_a_pipe_is_cut_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    """A script that reads a topic's name needs all of it."""
    table = Table("topic", "purpose", box=None)
    table.add_row("incident." * 20, "why " * 50 + "end")

    show(table)

    assert "incident." * 20 in capsys.readouterr().out.splitlines()[1]
