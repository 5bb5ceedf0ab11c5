"""One behaviour of the status store, on the fake, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.keystore.errors import KeyStoreSchemaError
from services.intake.keystore.sql import open_engine
from services.intake.status.sql import SqlStatusStore
from services.intake.status.store import Place, Rejection, State, Status, StatusStore, Viewer
from shared.contracts.words import QualityFlag, RejectionCode
from tests.builders.statuses import MemoryStatusStore

AT = datetime(2026, 3, 10, 9, 0, 0, 123456, tzinfo=UTC)
NORTHWICK = Viewer("northwick", frozenset({"datix", "fhir-hub"}))
BEGINNING, END = Place(AT - timedelta(days=1)), AT + timedelta(days=1)
RECEIVED = Status(UUID(int=1), "northwick", ("datix",), State.RECEIVED, AT, "northwick|datix|1")
MAPPED = replace(
    RECEIVED,
    state=State.MAPPED,
    content_hash="sha256:1",
    flags=(QualityFlag.DATE_INVALID, QualityFlag.HARM_MISSING),
)


def a_rejection(number: int, second: int = 0, *systems: str) -> Rejection:
    """Give a refusal that was noted at a second."""
    noted_at = AT + timedelta(seconds=second)
    known = systems or ("datix",)
    return Rejection(
        UUID(int=number), "northwick", known, RejectionCode.LIMIT, AT, noted_at, number
    )


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def statuses(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[SqlStatusStore | MemoryStatusStore]:
    """Every kind of status store in turn."""
    if request.param == "memory":
        yield MemoryStatusStore()
        return
    url = f"sqlite:///{tmp_path}/intake.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    engine = open_engine(url)
    store = SqlStatusStore(engine)
    store.prepare()
    store.prune(datetime(2100, 1, 1, tzinfo=UTC))
    yield store
    engine.dispose()


def test_a_status_comes_back_whole(statuses: StatusStore) -> None:
    """Moments with their zone and microseconds, flags in order."""
    refused = Status(
        UUID(int=2),
        "northwick",
        ("datix", "fhir-hub"),
        State.REJECTED,
        AT,
        code=RejectionCode.NO_RECORD_ID,
        pointer="/record_id",
    )
    statuses.settle([MAPPED, refused], [])

    assert statuses.find(NORTHWICK, MAPPED.event_id) == MAPPED
    assert statuses.find(NORTHWICK, refused.event_id) == refused


def test_an_announcement_never_takes_back_what_is_known(statuses: StatusStore) -> None:
    """The normaliser may be faster than the edge that announces."""
    statuses.announce([RECEIVED, RECEIVED])
    statuses.settle([MAPPED], [])
    statuses.announce([RECEIVED])

    assert statuses.find(NORTHWICK, MAPPED.event_id) == MAPPED


def test_settling_again_replaces(statuses: StatusStore) -> None:
    """A redriven report was rejected and is mapped now; the same twice in one call is one."""
    rejected = replace(RECEIVED, state=State.REJECTED, code=RejectionCode.LIMIT)
    statuses.settle([rejected, rejected], [])
    statuses.settle([MAPPED], [])

    assert statuses.find(NORTHWICK, MAPPED.event_id) == MAPPED


def test_what_was_first_published_under_an_event_id_stays_its_content(
    statuses: StatusStore,
) -> None:
    """Triage drops what comes again under the same id, so a remap must not believe it is out."""
    statuses.settle([MAPPED], [])
    statuses.settle([replace(MAPPED, content_hash="sha256:2", flags=())], [])

    assert statuses.find(NORTHWICK, MAPPED.event_id) == replace(MAPPED, flags=())
    statuses.settle([replace(MAPPED, state=State.REJECTED, content_hash=None)], [])
    known = statuses.known([MAPPED.event_id])[MAPPED.event_id]
    assert (known.state, known.content_hash) == (State.REJECTED, "sha256:1")


def test_there_may_be_more_ids_than_one_statement_takes(statuses: StatusStore) -> None:
    """As where a large tenant's old reports are erased."""
    waiting = [replace(RECEIVED, event_id=UUID(int=n)) for n in (1, 70_000)]
    statuses.announce(waiting)
    many = [UUID(int=n) for n in range(1, 70_001)]

    statuses.erase(many)
    assert {each.state for each in statuses.known(many).values()} == {State.ERASED}


def test_only_what_was_never_mapped_is_told_as_erased(statuses: StatusStore) -> None:
    """A mapped report was published; erasing its raw record does not undo that."""
    waiting = replace(RECEIVED, event_id=UUID(int=3))
    statuses.announce([waiting])
    statuses.settle([MAPPED], [])
    statuses.erase([waiting.event_id, MAPPED.event_id])

    found = [statuses.find(NORTHWICK, each.event_id) for each in (waiting, MAPPED)]
    assert [each and each.state for each in found] == [State.ERASED, State.MAPPED]


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (Viewer("northwick", frozenset({"datix", "fhir-hub"})), {1, 2}),
        (Viewer("northwick", frozenset({"datix"})), {1}),
        (Viewer("northwick", frozenset({"fhir-hub"})), set()),
        (Viewer("southmoor", frozenset({"datix", "fhir-hub"})), set()),
    ],
    ids=["both systems", "one system", "the other system", "another tenant"],
)
def test_a_viewer_sees_only_what_is_certainly_its_own(
    statuses: StatusStore, viewer: Viewer, sees: set[int]
) -> None:
    """What may be of two systems is for those who have both."""
    statuses.settle(
        [MAPPED, replace(MAPPED, event_id=UUID(int=2), systems=("datix", "fhir-hub"))],
        [a_rejection(1), a_rejection(2, 1, "datix", "fhir-hub")],
    )

    assert {n for n in (1, 2) if statuses.find(viewer, UUID(int=n))} == sees
    listed = statuses.rejections(viewer, BEGINNING, END, 10)
    assert {each.rejected_id.int for each in listed} == sees


def test_rejections_come_in_order_and_in_pages(statuses: StatusStore) -> None:
    """By moment, then by id; a place goes on exactly after the last one."""
    late, first, second = a_rejection(1, 2), a_rejection(2), a_rejection(3)
    statuses.settle([], [late, second, first])

    page = statuses.rejections(NORTHWICK, BEGINNING, END, 2)
    rest = statuses.rejections(NORTHWICK, Place(page[-1].noted_at, page[-1].rejected_id), END, 2)
    assert (page, rest) == ((first, second), (late,))
    assert statuses.rejections(NORTHWICK, BEGINNING, AT + timedelta(seconds=2), 10) == page


def test_a_rejection_that_is_noted_again_keeps_its_place(statuses: StatusStore) -> None:
    """A reader who has passed it must not see it again, nor miss others."""
    statuses.settle([], [a_rejection(1)])
    statuses.settle([], [a_rejection(1, 30)])

    assert statuses.rejections(NORTHWICK, BEGINNING, END, 10) == (a_rejection(1),)


@pytest.mark.parametrize("size", [3_000_000_000, 10**18 - 1])
def test_a_size_that_no_body_has_loses_no_refusal(statuses: StatusStore, size: int) -> None:
    """It was declared only; what the database cannot hold of it, nobody misses."""
    statuses.settle([], [replace(a_rejection(1), size_bytes=size)])

    (listed,) = statuses.rejections(NORTHWICK, BEGINNING, END, 10)
    assert (listed.size_bytes or 0) >= 2**31 - 1


def test_operators_find_many_at_once(statuses: StatusStore) -> None:
    """What a remap compares with; what nobody knows is left out."""
    other = replace(RECEIVED, event_id=UUID(int=9), tenant="southmoor")
    statuses.announce([other])
    statuses.settle([MAPPED], [])

    asked = [MAPPED.event_id, other.event_id, UUID(int=10)]
    assert statuses.known(asked) == {MAPPED.event_id: MAPPED, other.event_id: other}


def test_old_rows_are_forgotten(statuses: StatusStore) -> None:
    """Neither kept for ever nor dropped too early."""
    statuses.settle([MAPPED, replace(MAPPED, event_id=UUID(int=2), received_at=END)], [])
    statuses.settle([], [a_rejection(1)])

    assert statuses.prune(AT + timedelta(seconds=1)) == 2
    assert statuses.find(NORTHWICK, MAPPED.event_id) is None
    assert statuses.find(NORTHWICK, UUID(int=2)) is not None


def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    """As with data keys: an older program never writes into a newer database."""
    from sqlalchemy import text

    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    store = SqlStatusStore(engine)
    store.prepare()
    with engine.begin() as connection:
        connection.execute(text("update intake_schema set version = 99"))

    with pytest.raises(KeyStoreSchemaError, match="99"):
        store.prepare()
    engine.dispose()
