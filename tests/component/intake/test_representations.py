"""What stands in memory shows itself without what it holds: no payload, no secret in a repr."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.cloudevents import event_headers
from services.intake.domain.receive import receive
from services.intake.domain.rows.scope import Scope
from services.intake.domain.translation import Piece as Cut
from services.intake.http.submission import Submission
from services.intake.keystore.cipher import DataKey
from services.intake.raw.parcels import Delivery, encrypted, parcels_of
from services.intake.raw.record import Envelope, read_label
from services.intake.settings import IntakeSettings
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.words import MARKERS
from tests.builders.intake_edge import IntakeStage, arrived
from tests.builders.keystore import RAW_KEY
from tests.builders.payloads.generator import FORMATS, generate
from tests.builders.reports import PSEUDONYM_KEY, some_hints

HEADERS = (("ce-subject", MARKERS[0]),)
MEDIA = f"application/json; note={MARKERS[0]}"


def leaks(*shown: Any) -> list[str]:
    """Return what of the markers shows itself."""
    pieces = [Piece(type(each).__name__, f"{each!r} {each}".encode()) for each in shown]
    return [str(leak) for leak in Search(MARKERS).leaks(pieces)]


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_on_the_way_of_a_payload_shows_it(format_: str) -> None:
    """Request, hints, results, parcels, records: from the edge to the raw topic."""
    for seed in range(9):
        payload = generate(format_, "valid", seed, MARKERS[seed % len(MARKERS)])
        hints = replace(some_hints(payload.content_type), headers=payload.headers)
        envelope = Envelope("main", content_type=MEDIA, headers=HEADERS)
        results = receive(payload.body, hints)
        delivery = Delivery("mercy", envelope, payload.body)
        parcels, _ = parcels_of(delivery, results)
        _, records = encrypted(parcels, RAW_KEY, 0)
        taken = [arrived(record) for record in records]
        read = [read_label(record) for record in taken]
        assert leaks(delivery, *results, *parcels, *records, *taken, *read) == []


def test_nothing_beside_a_payload_shows_itself(intake: IntakeStage) -> None:
    """Media types, CloudEvents attributes and cells are the publisher's words too."""
    (credential,) = intake.site.credentials()
    hints = replace(some_hints(MEDIA), headers=HEADERS)
    notes: Any = None
    shown = (
        Submission(credential, MARKERS[0].encode(), MEDIA, HEADERS, fhir_id=MARKERS[0]),
        hints,
        Envelope("main", content_type=MEDIA, headers=event_headers(HEADERS)),
        Cut(MARKERS[0], MARKERS[0].encode(), content_type=MEDIA, headers=HEADERS),
        Scope({MARKERS[0]: MARKERS[0]}, notes, ({MARKERS[0]: MARKERS[0]},)),
    )
    assert leaks(*shown) == []


def test_no_key_and_no_password_shows_itself(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of pseudonyms and of records, tokens, settings; a URL with a password is refused."""
    secret = intake.token.rpartition("_")[2]
    context = intake.tenants.context("northwick", Envelope("datix"))
    monkeypatch.setenv("INTAKE_KEYSTORE__PASSWORD_FILE", "/run/secrets/keystore")
    shown = "".join(
        map(repr, (context, some_hints(), DataKey(UUID(int=1), RAW_KEY), IntakeSettings()))
    )
    shown += repr((intake.site.credentials(), intake.tenants, intake.keys))
    for key in (PSEUDONYM_KEY, RAW_KEY, context.pseudonym_key):
        assert repr(key)[2:-1] not in shown
        assert key.hex() not in shown
    assert secret not in shown
