"""Opens raw records with their keys and compares them with what publishers sent."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.keystore.sql import SqlKeyStore, open_engine
from services.intake.operations.opening import Opened, Opener, labelled
from services.intake.packs.files import read_tables
from shared.clock import SystemClock
from shared.kafka.records import Incoming
from tests.builders.canaries.site import CanarySite

_OURS = frozenset({'"Bundle"', '"collection"'})  # one event of a Bundle is kept in one of its own


def opened(site: CanarySite, raw: Iterable[Incoming]) -> Iterator[Opened]:
    """Yield every raw record in clear.

    Raises:
        AssertionError: one does not open.
    """
    engine = open_engine(f"sqlite:///{site.stage.home / 'data' / 'intake' / 'keys.db'}")
    clock = SystemClock()
    tenants = SiteTenants(site.site, clock, Tables.parse(read_tables()))
    try:
        for each in Opener(tenants, SqlKeyStore(engine, clock))(labelled(raw)):
            assert isinstance(each, Opened), each
            yield each
    finally:
        engine.dispose()


def by_batch(found: Iterable[Opened]) -> Mapping[str, list[Opened]]:
    """Return the records of each body, by its hash."""
    batches = defaultdict(list)
    for each in found:
        batches[each.parcel.batch_sha256].append(each)
    return batches


def is_original(each: Opened, sent: bytes) -> bool:
    """Tell whether a raw record holds what was sent: all of it, or one report cut out of it."""
    body = each.parcel.body
    if body == sent or body in sent or body[1:-1] in sent:  # the last: an array in an array
        return True
    media = each.parcel.envelope.content_type or ""
    if media.startswith("text/csv"):
        return _is_part_of_table(body, sent, media)
    return _leaves(json.loads(body)) - _OURS <= _leaves(json.loads(sent))


def _is_part_of_table(body: bytes, sent: bytes, media: str) -> bool:
    # A header line and the rows of one report, which need not follow each other, as they stood.
    encoding = media.partition("charset=")[2].partition(";")[0]
    part, whole = (text.decode(encoding, "surrogateescape") for text in (body, sent))
    lines = part.lstrip("\ufeff").splitlines(keepends=True)
    return all(line in whole for line in lines)


def _leaves(document: Any) -> frozenset[str]:
    found, waiting = set(), [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        else:
            found.add(json.dumps(node))
    return frozenset(found)
