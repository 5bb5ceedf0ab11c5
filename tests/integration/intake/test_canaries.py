"""Two hundred payloads of every format through real HTTP and real Kafka: none lost, nothing told.

Each payload carries a marker of its own in every place of class D and N (contracts.md) and in every
identifier of staff. The whole product runs; what it wrote anywhere is searched for the markers.
PEERLINE_CANARIES sets another number than 200.
"""

import gc
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from services.intake.bootstrap.parts import key_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.keystore.sql import open_engine
from services.intake.operations.opening import Opened, Opener, labelled
from services.intake.packs.files import read_tables
from shared.clock import SystemClock
from shared.contracts.topics import RAW, SOURCE_PREFIX
from shared.identity import sha256_hex
from tests.builders.broker import own_broker
from tests.builders.canaries import evidence
from tests.builders.canaries.accounts import Ledger, differences, promised
from tests.builders.canaries.answers import Told, told_by
from tests.builders.canaries.plan import MODES, PER_FORMAT, SOURCES, WORDS, planned
from tests.builders.canaries.run import Run
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.site import canary_site

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Send everything both ways and wait for the end of it."""
    folder = tmp_path_factory.mktemp("canaries")
    with (
        own_broker(folder / "broker", topics=False) as broker,
        canary_site(folder / "home", broker.start(), SOURCES) as site,
    ):
        done = Run(site, tuple(planned()))
        done.send()
        done.settle()
        yield done
    gc.collect()  # what clients left open is noticed here, where it is allowed
