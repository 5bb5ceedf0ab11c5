"""What a mapping notices on its way: quality flags and values that no table knew."""

import unicodedata
from datetime import datetime, tzinfo
from typing import Final

from services.intake.domain.context import MappingContext, SourceSettings
from shared.contracts.words import QualityFlag
from shared.identity import value_hash

MAX_UNMAPPED: Final = 50
_NO_SETTINGS: Final = SourceSettings()


class Notes:
    """The collector of one report's flags; readers take it along with the settings they need."""

    __slots__ = (
        "_flags",
        "_unmapped",
        "context",
        "newest",
        "settings",
        "source_system",
        "words",
        "zone",
    )

    def __init__(self, context: MappingContext, source_system: str) -> None:
        """Start with no flag, for a report of `source_system`.

        `words` are the tables of our words by vocabulary. `zone` is the zone of times that name
        none: the source's, else the tenant's.
        """
        self.context = context
        self.source_system = source_system
        self.settings = context.sources.get(source_system) or _NO_SETTINGS
        self.words = context.tables.words
        self.zone: tzinfo = self.settings.zone or context.zone
        self.newest: datetime | None = None
        self._flags: set[QualityFlag] = set()
        self._unmapped: dict[tuple[str, str], None] = {}

    def flag(self, flag: QualityFlag) -> None:
        """Note `flag` once."""
        self._flags.add(flag)

    def unmapped(self, field: str, value: object) -> None:
        """Note a value of `field` that no table knows: a keyed hash of it, never the value."""
        self._flags.add(QualityFlag.VALUE_UNMAPPED)
        if self.context.observe is not None:
            self.context.observe(field, value)
        if len(self._unmapped) < MAX_UNMAPPED:
            text = str(value)
            if not text.isascii():
                text = unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()
            self._unmapped[field, value_hash(self.context.pseudonym_key, field, text)] = None

    def spoke_of(self, moment: datetime) -> None:
        """Remember the latest moment, so that `finish` can tell whether it lies ahead."""
        if self.newest is None or moment > self.newest:
            self.newest = moment

    def flags(self) -> tuple[QualityFlag, ...]:
        """Return the flags in the order of their names."""
        return tuple(sorted(self._flags)) if self._flags else ()

    def unmapped_values(self) -> tuple[tuple[str, str], ...]:
        """Return (field, keyed hash) of each unmapped value, in the order of the report."""
        return tuple(self._unmapped)
