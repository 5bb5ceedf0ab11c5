"""What a clinical lead expects of sample reports: the highest tier of each, by record id."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.offline.trial import Tried
from services.offline.what_if import highest
from services.triage.rule_files import read_rule_file

_TIERS: Final = range(4)


class ExpectationsUnreadableError(ValueError):
    """The file is not a mapping of record ids to tiers."""


def read_expected(path: Path) -> dict[str, int]:
    """Return the tier that is expected of each record.

    Raises:
        ExpectationsUnreadableError: a line is not `RECORD: TIER` with a tier of 0 to 3.
        RuleSetError: the file is not YAML.
    """
    document, _ = read_rule_file(path.read_text(), file=path.name)
    wrong = [k for k, v in document.items() if v not in _TIERS] if _is_mapping(document) else [path]
    if wrong:
        raise ExpectationsUnreadableError(
            f"{path.name}: write one line per record, 'RECORD: TIER' with a tier of 0 to 3 "
            f"(not so at {wrong[0]})"
        )
    return {str(record): int(tier) for record, tier in document.items()}


def unmet(expected: Mapping[str, int], reports: Sequence[Tried]) -> Iterator[str]:
    """Yield a sentence for each record that has another tier, or is in no file."""
    found = {tried.record_id: highest(tried) for tried in reports}
    for record, tier in expected.items():
        if record not in found:
            yield f"{record}: expected with tier {tier}, but it is in no file"
        elif found[record] != tier:
            yield f"{record}: tier {found[record]}, expected {tier}"


def _is_mapping(document: object) -> bool:
    return isinstance(document, Mapping)
