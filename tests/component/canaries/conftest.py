"""An intake with fakes behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest may be read before the filters for Kafka's own warnings are set
    from tests.builders.intake_edge import IntakeStage


@pytest.fixture
def intake(tmp_path: Path) -> IntakeStage:
    """An edge and a normaliser on a whole site; Kafka and the key store are in memory."""
    from tests.builders.intake_edge import an_intake

    return an_intake(tmp_path)
