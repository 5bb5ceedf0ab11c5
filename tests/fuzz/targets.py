"""Every parser that is fuzzed, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.fuzz import edge_targets, mapping_targets, record_targets, site_targets
from tests.fuzz.target import Target

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        target.name: target
        for module in (mapping_targets, edge_targets, record_targets, site_targets)
        for target in module.TARGETS
    }
)
