"""What the console keeps, on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from services.notifier.store.encounter_rows import Encounter
from services.notifier.store.engine import Store
from shared.identity import derive_id
from tests.builders.notifier import NOON, TENANT, a_person, a_supporter

REF = derive_id("case", "one")
LATER = NOON + timedelta(minutes=15)


def test_link_is_used_once_by_whoever_comes_first(store: Store) -> None:
    """Two presses at the same moment: one gets in."""
    with store.begin() as unit:
        unit.sessions.add_link("token", a_supporter("sue"), NOON, LATER)

    def use(_: int) -> tuple[str, str] | None:
        with store.begin() as unit:
            return unit.sessions.use_link("token", NOON)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(use, range(4)))

    assert sorted(found, key=str) == sorted([(TENANT, "sue"), None, None, None], key=str)


def test_link_is_usable_until_its_end(store: Store) -> None:
    """Not one moment longer."""
    with store.begin() as unit:
        unit.sessions.add_link("token", a_supporter("sue"), NOON, LATER)

    with store.read() as unit:
        assert unit.sessions.is_usable("token", LATER - timedelta(microseconds=1))
        assert not unit.sessions.is_usable("token", LATER)
        assert unit.sessions.links_since(a_supporter("sue"), NOON - timedelta(seconds=1)) == 1
        assert unit.sessions.links_since(a_supporter("sue"), NOON) == 0


def test_session_is_found_seen_and_forgotten(store: Store) -> None:
    """Old sessions and links go, the others stay."""
    with store.begin() as unit:
        for name, at in (("old", NOON), ("new", LATER)):
            unit.sessions.open(name, TENANT, "sue", at)
        unit.sessions.seen("new", LATER + timedelta(minutes=1))
        unit.sessions.forget(LATER)

    with store.read() as unit:
        assert unit.sessions.find("old") is None
        found = unit.sessions.find("new")
    assert found is not None
    assert (found.opened_at, found.seen_at) == (LATER, LATER + timedelta(minutes=1))


def test_only_people_with_a_role_may_sign_in(store: Store) -> None:
    """By address, whatever its case; of one tenant or of all."""
    with store.begin() as unit:
        unit.directory.put(a_person("ada"), ["p_ada"])
        unit.directory.put(a_supporter("sue"), ["p_sue"])
        unit.directory.put(a_supporter("sue", tenant="away"), ["p_sue"])

    with store.read() as unit:
        assert unit.sessions.holders("ada@northwick.example") == ()
        both = unit.sessions.holders(" SUE@northwick.example")
        assert [one.tenant for one in both] == ["away", TENANT]
        assert len(unit.sessions.holders("sue@northwick.example", TENANT)) == 1
        assert unit.sessions.holders("") == ()


def test_people_are_found_by_every_word(store: Store) -> None:
    """Names and e-mail, wildcards are letters, other tenants are not searched."""
    with store.begin() as unit:
        for who in ("ada", "ben"):
            unit.directory.put(a_person(who), [f"p_{who}"])
        unit.directory.put(a_person("ada", tenant="away"), ["p_ada"])

    with store.read() as unit:

        def found(text: str) -> list[str]:
            return [one.person_id for one in unit.pages.people_like(TENANT, text, 5)]

        assert found("EXAMPLE") == ["ada", "ben"]
        assert found("ada@north example") == ["ada"]
        assert [found(text) for text in ("%", "_", "ada ben", "")] == [[], [], [], []]


def test_encounter_comes_back_as_it_was_written(store: Store) -> None:
    """Codes and times, with and without a next date."""
    one = Encounter("sue", NOON, "video", "under_15", "continue", date(2026, 3, 13))
    two = Encounter("sue", LATER, "telephone", "from_60", "finished")

    with store.begin() as unit:
        for encounter in (one, two):
            unit.encounters.add(TENANT, REF, encounter, LATER)

    with store.read() as unit:
        assert unit.encounters.of_case(TENANT, REF) == (one, two)
        assert unit.encounters.of_case("away", REF) == ()
