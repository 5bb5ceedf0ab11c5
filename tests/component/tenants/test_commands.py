"""`peerline tenant` and `peerline config` from arguments to files and words."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.cli import peerline
from services.tenants.bootstrap import Rollout, activate, create
from services.tenants.create import NewTenant
from services.tenants.joining import Joining
from services.tenants.refusals import RulesActiveError, TenantCommandError
from shared.clock import SystemClock
from shared.contracts.words import RulesMode
from shared.site.credentials import check_token
from shared.site.site import Site
from tests.builders.site import NOW

TOKEN = re.compile(r"plt_[a-z0-9]+_[A-Za-z0-9_-]{40,}")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give an empty site on a host without Kafka."""
    monkeypatch.setenv("PEERLINE_HOME", str(tmp_path))
    monkeypatch.delenv("PEERLINE_CONFIG", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    return Site(tmp_path / "config")


def run(*arguments: str) -> Result:
    """Run `peerline ARGUMENTS…` in this process."""
    return CliRunner().invoke(peerline, arguments, prog_name="peerline", catch_exceptions=False)


def test_create_prints_a_token_that_opens_the_site(site: Site) -> None:
    """Once: the second run shows none and says how to get another."""
    first = run("tenant", "create", "northwick", "--source", "datix:updated_at")
    second = run("tenant", "create", "northwick")

    (token,) = TOKEN.findall(first.output)
    credential = check_token(token, site.credentials(), SystemClock().now())
    assert (credential.tenant, credential.source_systems) == ("northwick", ("datix",))
    assert not TOKEN.findall(second.output)
    assert "peerline tenant token northwick" in second.output


def test_create_takes_what_people_see(site: Site, tmp_path: Path) -> None:
    """Zone, title, programme and units end up in the settings."""
    units = tmp_path / "units.csv"
    units.write_text("unit_id,campus\npicu,main\n")

    run(
        "tenant", "create", "northwick", "--zone", "Europe/London", "--title", "Northwick",
        "--units", str(units), "--telephone", "+44 1", "--crisis-line", "116 123",
        "--from-address", "support@northwick.example",
    )  # fmt: skip

    tenant = site.tenant("northwick")
    assert (tenant.zone, tenant.title) == ("Europe/London", "Northwick")
    assert tenant.units["picu"].campus == "main"
    assert tenant.programme.crisis_line == "116 123"
    assert tenant.programme.from_address == "support@northwick.example"


@pytest.mark.usefixtures("site")
def test_without_kafka_the_activation_is_left_as_a_command() -> None:
    """The operator sees what to run once it is there, in the mode that was asked for."""
    told = run("tenant", "create", "northwick", "--mode", "live").output

    assert "peerline tenant activate northwick --mode live" in told


@pytest.mark.usefixtures("site")
def test_a_wrong_ordering_is_a_wrong_use() -> None:
    """With the right ones."""
    told = run("tenant", "create", "northwick", "--source", "datix:newest")

    assert told.exit_code == 2
    assert "NAME:updated_at" in told.output


@pytest.mark.usefixtures("site")
def test_a_created_tenant_passes_the_check() -> None:
    """Notes remain; exit code 0."""
    run("tenant", "create", "northwick")

    told = run("config", "check")

    assert told.exit_code == 0
    assert re.search(r"note +northwick +programme", told.output)
    assert "0 failed." in told.output


@pytest.mark.usefixtures("site")
def test_the_check_of_nothing_fails_with_advice() -> None:
    """Exit code 1, and each failure has an arrow with what to do."""
    told = run("config", "check")

    assert told.exit_code == 1
    assert told.output.count("fail ") == told.output.count("→")
    assert "peerline tenant create" in told.output


def test_rotation_from_the_command_line(site: Site) -> None:
    """Create, second token, list, revoke."""
    run("tenant", "create", "northwick")
    second = run("tenant", "token", "northwick", "--expires-days", "180").output.splitlines()[0]
    first_id = next(known.id for known in site.credentials() if known.id not in second)

    listed = run("tenant", "list").output
    run("tenant", "token", "northwick", "--revoke", first_id)

    assert listed.count("token ") == 2
    assert not TOKEN.findall(listed)
    assert [known.id for known in site.credentials()] == [second.split("_")[1]]


@pytest.mark.usefixtures("site")
def test_a_token_for_longer_than_180_days_is_a_wrong_use() -> None:
    """Refused before anything is read."""
    assert run("tenant", "token", "northwick", "--expires-days", "181").exit_code == 2


def test_keys_are_renewed_by_command(site: Site) -> None:
    """The first run makes this month's key, the second nothing."""
    first, second = run("config", "keys").output, run("config", "keys").output

    month = f"{SystemClock().now():%Y-%m}"
    assert month in first
    assert site.seal_key(SystemClock().now()).month == month
    assert "none, all there already" in second


class Neighbours:
    """Fakes of the notifier and triage: they remember what they were asked."""

    def __init__(self) -> None:
        """Nothing asked yet."""
        self.asked: list[tuple[object, ...]] = []

    def import_directory(self, tenant: str, path: Path) -> str:
        """Remember, and say what the notifier would."""
        self.asked.append(("directory", tenant, path))
        return "3 people"

    def activate(self, tenant: str, mode: RulesMode) -> str:
        """Remember, and say what triage would."""
        self.asked.append(("activate", tenant, mode))
        return f"peerline-default, {mode}"


def test_with_kafka_the_directory_comes_before_the_rules(tmp_path: Path) -> None:
    """Nobody is asked for before people can be found."""
    neighbours = Neighbours()
    join = Joining(neighbours.import_directory, neighbours.activate)
    rollout = Rollout(Path("staff.csv"), RulesMode.LIVE)

    told = list(create(Site(tmp_path), NewTenant("northwick"), rollout, NOW, join))

    assert neighbours.asked == [
        ("directory", "northwick", Path("staff.csv")),
        ("activate", "northwick", RulesMode.LIVE),
    ]
    assert "directory  3 people" in told
    assert "rules      peerline-default, live" in told


def test_a_refused_directory_leaves_the_tenant_usable(tmp_path: Path) -> None:
    """The settings stay, the refusal reaches the operator, repeating mends it."""

    class RowError(Exception):
        """A row without an address."""

    def refuse(_tenant: str, _path: Path) -> str:
        raise RowError

    site = Site(tmp_path)
    rollout = Rollout(Path("staff.csv"))
    with pytest.raises(RowError):
        list(create(site, NewTenant("northwick"), rollout, NOW, Joining(refuse, None)))

    mended = Joining(Neighbours().import_directory, None)
    told = list(create(site, NewTenant("northwick"), rollout, NOW, mended))

    assert "directory  3 people" in told


def test_activating_later_says_what_triage_said() -> None:
    """The command that 'create' printed."""
    neighbours = Neighbours()

    told = list(
        activate("northwick", Rollout(), Joining(neighbours.import_directory, neighbours.activate))
    )

    assert told == ["rules      peerline-default, shadow"]


def test_a_certificate_is_trusted_listed_and_revoked_like_a_token(site: Site) -> None:
    """No secret is printed, because there is none; formats narrow what it may send."""
    run("tenant", "create", "northwick")
    given = ("--certificate", "reporting.northwick.example", "--format", "native")
    trusted = run("tenant", "token", "northwick", *given)

    credential = site.credentials()[-1]
    assert (credential.certificate, credential.formats) == (given[1], ("native",))
    assert not TOKEN.findall(trusted.output)
    assert f"certificate {given[1]} {credential.id}" in run("tenant", "list").output
    run("tenant", "token", "northwick", "--revoke", credential.id)
    assert credential.id not in run("tenant", "list").output


def test_a_format_that_nobody_maps_is_refused_by_its_likely_name(site: Site) -> None:
    """Before a token is made that could send nothing."""
    run("tenant", "create", "northwick")

    with pytest.raises(TenantCommandError, match="did you mean 'native'"):
        run("tenant", "token", "northwick", "--format", "natif")


def test_rules_that_are_active_are_left_alone(tmp_path: Path) -> None:
    """To create a tenant again is safe; to ask for another mode is refused, not passed over."""

    def refuse(tenant: str, _mode: RulesMode) -> str:
        raise RulesActiveError(tenant)

    join = Joining(Neighbours().import_directory, refuse)

    told = list(create(Site(tmp_path), NewTenant("northwick"), Rollout(), NOW, join))

    assert "rules      northwick has active rules already; change them with" in "\n".join(told)
    with pytest.raises(RulesActiveError):
        list(activate("northwick", Rollout(mode=RulesMode.LIVE), join))


def test_a_tenant_with_units_is_not_told_to_fill_them_in(tmp_path: Path) -> None:
    """What is left to do is the programme."""
    units = tmp_path / "units.csv"
    units.write_text("unit_id,title\npicu,Paediatric intensive care\n")
    join = Joining(Neighbours().import_directory, None)

    told = list(create(Site(tmp_path), NewTenant("northwick", units=units), Rollout(), NOW, join))

    assert any(line.startswith("  1. Fill in programme: ") for line in told)
