"""The small edges: wake, loops, health, policies, command line."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from services.notifier.bootstrap import NoKafkaError, build, import_directory, open_store
from services.notifier.directory_cli import group as directory_group
from services.notifier.dispatcher import Bells, Pulse, run_sender, run_timers
from services.notifier.domain.directory import Role
from services.notifier.domain.errors import DirectoryRefusedError, PolicyUnavailableError
from services.notifier.domain.plan import Department, Preference
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import State, TimerKind
from services.notifier.due import act_on_due
from services.notifier.settings import NotifierSettings
from services.notifier.tenants import policies_of
from services.notifier.wake import Wake
from shared.clock import monotonic
from shared.contracts.words import Priority
from shared.health import serve_health
from shared.identity import derive_id
from tests.builders.notifier import NOON, TENANT, Stage, a_case, a_file_store, a_request
from tests.builders.site import a_site, a_tenant_document, a_tenant_file

HEADER = "identifier_system,identifier,given_name,family_name,email,roles\n"
MIA = "ad,mia,Mia,Ford,mia@northwick.example,supporter\n"


@pytest.fixture
def settings(tmp_path: Path) -> NotifierSettings:
    """Give the settings of a host with a site folder."""
    a_site(tmp_path / "config", now=datetime.now(UTC))
    return NotifierSettings(home=tmp_path, config=tmp_path / "config")


def test_a_ring_before_the_wait_is_not_lost() -> None:
    """The mark is taken before work is looked for."""
    wake = Wake()
    mark = wake.heard()
    wake.ring()
    begun = monotonic()

    wake.wait(mark, 20)

    assert monotonic() - begun < 5
    wake.wait(wake.heard(), 0.01)


def test_loops_do_what_is_due_and_stop_when_told(tmp_path: Path) -> None:
    """A timer thread and a sender thread bring an urgent request to the supporter's mail."""
    stage = Stage(a_file_store(tmp_path))
    bells, stop = Bells(), threading.Event()
    loops = [
        threading.Thread(target=run_timers, args=(stage.store, stage.sender, bells, Pulse(), stop)),
        threading.Thread(target=run_sender, args=(stage.sender, bells, Pulse(), stop)),
    ]
    for loop in loops:
        loop.start()

    stage.receive(a_request())
    bells.ring()
    ends = monotonic() + 30
    while not stage.case().asked or not stage.post.to(stage.asked()):
        assert monotonic() < ends
        threading.Event().wait(0.02)
    stop.set()
    bells.ring()
    for loop in loops:
        loop.join(10)

    assert not any(loop.is_alive() for loop in loops)
    stage.store.engine.dispose()


def test_loop_waits_out_a_database_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried again in place; nothing else is swallowed."""
    stage, stop = Stage(), threading.Event()
    troubles: list[Exception] = [OperationalError("", {}, Exception()), ZeroDivisionError()]

    def send_one(_: Any) -> bool:
        raise troubles.pop(0)

    monkeypatch.setattr(type(stage.sender), "send_one", send_one)

    with pytest.raises(ZeroDivisionError):
        run_sender(stage.sender, Bells(), Pulse(), stop)


def test_timer_that_no_longer_applies_is_cleared() -> None:
    """A stale timer is never acted on and never comes back."""
    stage = Stage()
    stale = {TimerKind.CONFIRM_DUE: NOON, TimerKind.ATTENTION: NOON + timedelta(1)}
    ended = {"case_ref": derive_id("case", "two"), "timers": {TimerKind.ANSWER: NOON}}
    with stage.store.begin() as unit:
        unit.cases.save(a_case(state=State.ATTENTION, code="taken", timers=stale), None)
        unit.cases.save(a_case(state=State.CLOSED, code="declined", **ended), None)

    with stage.store.begin() as unit:
        done = [act_on_due(unit, NOON) for _ in range(3)]

    assert stage.case().timers == {TimerKind.ATTENTION: NOON + timedelta(1)}
    assert stage.case("two").timers == {}
    assert done == [True, True, False]


def test_health_tells_alive_ready_and_numbers() -> None:
    """200, 503, 404; metrics as text."""
    server = serve_health(0, {"/healthz": lambda: True, "/readyz": lambda: False}, lambda: "x 1\n")
    base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        answers = {
            path: httpx.get(base + path) for path in ("/healthz", "/readyz", "/x", "/metrics")
        }
    finally:
        server.shutdown()
        server.server_close()

    assert {path: one.status_code for path, one in answers.items()} == {
        "/healthz": 200,
        "/readyz": 503,
        "/x": 404,
        "/metrics": 200,
    }
    assert answers["/metrics"].text == "x 1\n"


def test_policy_is_the_tenants_own_and_read_again(tmp_path: Path) -> None:
    """A change of the file holds for the next case; an unreadable one makes requests wait."""
    site = a_site(tmp_path)
    policies = policies_of(site)
    plain = policies(TENANT)
    document = a_tenant_document(
        outreach={
            "confirm_minutes": {"urgent": "never", "high": 30},
            "quiet_hours": "22:00-06:00",
            "department": "other",
            "load_limit": 2,
            "matching": ["fewest_open"],
            "exclude_risk_legal_hr": True,
        }
    )
    a_tenant_file(site, document)
    changed = policies(TENANT)

    assert (plain.zone, plain.programme.telephone) == ("Europe/London", "+44 20 7946 0000")
    assert plain.plan.confirm_window.of(Priority.HIGH) == timedelta(hours=2)
    assert changed.plan.human_confirms == (Priority.URGENT,)
    assert changed.plan.confirm_window.of(Priority.HIGH) == timedelta(minutes=30)
    assert changed.plan.quiet.start.hour == 22
    assert (changed.plan.department, changed.plan.load_limit) == (Department.OTHER, 2)
    assert changed.plan.matching == (Preference.FEWEST_OPEN,)
    assert changed.plan.exclude_risk_legal_hr
    assert policies("nobody") == Policy()
    (site.tenant_folder(TENANT) / "tenant.yaml").write_text("tenant: [")
    with pytest.raises(PolicyUnavailableError, match="config check"):
        policies(TENANT)


def test_directory_is_imported_checked_and_repeated(settings: NotifierSettings) -> None:
    """`--check` writes nothing; importing twice updates; the summary counts."""
    file = settings.home / "staff.csv"
    file.write_text(HEADER + MIA)

    told = [
        str(import_directory(settings, TENANT, file, check=check)) for check in (True, False, False)
    ]

    assert "1 people would be imported for northwick: 1 new, 0 updated" in told[0]
    assert "1 people imported for northwick: 1 new, 0 updated; 1 supporters" in told[1]
    assert "0 new, 1 updated" in told[2]
    assert "Name at least one coordinator" in told[2]
    assert "They are known by ad: only reports that call it so find them" in told[0]
    with open_store(settings).read() as unit:
        assert len(unit.directory.with_role(TENANT, Role.SUPPORTER)) == 1


def test_a_bad_row_leaves_nothing_behind(settings: NotifierSettings) -> None:
    """All or nothing, also for bytes that are no UTF-8."""
    file = settings.home / "staff.csv"
    for content in ((HEADER + MIA + "ad,x,X,Y,,\n").encode(), (HEADER + MIA).encode("utf-16")):
        file.write_bytes(content)
        with pytest.raises(DirectoryRefusedError, match="Nothing was imported"):
            import_directory(settings, TENANT, file)

    with open_store(settings).read() as unit:
        assert unit.directory.with_role(TENANT, Role.STAFF) == ()


def test_directory_help_teaches_the_columns(
    settings: NotifierSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--help lists each column; the template it names can be imported."""
    monkeypatch.setenv("PEERLINE_HOME", str(settings.home))
    monkeypatch.setenv("PEERLINE_CONFIG", str(settings.config))
    runner = CliRunner()
    helped = runner.invoke(directory_group, ["import", "--help"])
    file = settings.home / "sample.csv"
    file.write_text(runner.invoke(directory_group, ["template"]).output)

    done = runner.invoke(directory_group, ["import", str(file), "--tenant", TENANT])

    assert "email (required)" in helped.output
    assert "on_call" in helped.output
    assert (done.exit_code, done.output.startswith("1 people imported")) == (0, True)


def test_without_a_broker_it_says_what_to_do(
    settings: NotifierSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal with a hint, before anything is opened."""
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    with pytest.raises(NoKafkaError) as refused:
        build(settings)

    assert "kafka start" in refused.value.hint
