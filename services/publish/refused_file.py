"""The reports that were refused, as they stood in the file: to be corrected and sent again."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from services.intake.domain import media
from services.intake.domain.rows.table import delimiter_of, records
from services.offline.bodies import Body
from services.publish.tally import RefusedReport
from shared.site.files import PRIVATE

_ERRORS: Final = "surrogateescape"


class RefusedFileExistsError(FileExistsError):
    """The file for refused reports is there already, perhaps with those of another day."""

    hint = "Name another file, or move it away: it may hold reports that nobody has sent yet."

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(f"{path} exists already; it is left as it is")


@dataclass(slots=True)
class RefusedFile:
    """A file that only its owner can read, made with the first refused report."""

    path: Path
    _stream: BinaryIO | None = None
    _header: str | None = None

    def keep(self, body: Body, refused: list[RefusedReport]) -> None:
        """Write the refused reports of a body; rows get the header of their table once a file.

        Raises:
            RefusedFileExistsError: the file was there before.
        """
        starts = {report.row - 1 for report in refused}
        places = sorted(place for rows in body.reports if rows[0] in starts for place in rows)
        if media.read(body.media).is_table:
            self._write(self._rows(body, frozenset(places)))
        elif body.reports:
            lines = [line for line in body.content.split(b"\n") if line.strip()]
            self._write(b"".join(lines[place - body.first] + b"\n" for place in places))
        else:
            self._write(body.content)

    def _rows(self, body: Body, places: frozenset[int]) -> bytes:
        encoding = media.read(body.media).charset or "utf-8"
        text = body.content.decode(encoding, _ERRORS)
        found = records(io.StringIO(text, newline=""), delimiter_of(text))
        header = next(found).text
        kept = [record.text for place, record in enumerate(found, body.first) if place in places]
        if header != self._header:
            kept.insert(0, header)
            self._header = header
        return "".join(kept).encode(encoding, _ERRORS)

    def _write(self, content: bytes) -> None:
        if self._stream is None:
            try:
                descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            except FileExistsError:
                raise RefusedFileExistsError(self.path) from None
            self._stream = os.fdopen(descriptor, "wb")
        self._stream.write(content)

    def __enter__(self) -> Self:
        """Return the file, which is not there before the first refusal."""
        if self.path.exists():
            raise RefusedFileExistsError(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        if self._stream is not None:
            self._stream.close()
