"""The whole product on one machine, on a broker of its own."""

from collections.abc import Iterator

import pytest

from services.demo.stage import Stage
from tests.builders.broker import own_broker
from tests.builders.crowd import Crowd

CROWD = Crowd(concerned=60, supporters=60)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give a running Peerline with a large directory."""
    folder = tmp_path_factory.mktemp("stage")
    directory = CROWD.write_directory(folder / "directory.csv")
    units = folder / "units.csv"
    units.write_text("unit_id,title,campus,digest_address\nward-a,Ward A,north,\nward-b,B,north,\n")
    home = folder / "home"
    with (
        own_broker(folder / "broker", topics=False) as broker,
        Stage(home, broker.start(), directory=directory, units=units) as stage,
    ):
        yield stage
