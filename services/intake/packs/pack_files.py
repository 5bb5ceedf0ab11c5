"""Read packs: those that ship with intake, and a tenant's own, which may extend them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.intake.domain.rows.loader import load_pack
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.problems import PackError
from services.intake.domain.tables import Tables
from services.intake.packs.files import read_tables
from shared.site.placed_yaml import LARGEST_BYTES, PlacedYamlError, Places, read_placed_yaml
from shared.site.refusals import SiteFileError

HINT = "Correct the pack; `peerline mapping test FILE --pack` tries it."


@cache
def shipped_tables() -> Tables:
    """Return the shipped tables, parsed once in a process."""
    return Tables.parse(read_tables())


@cache
def shipped_packs() -> Mapping[str, Pack]:
    """Return the packs that ship with intake by name; read once in a process.

    Raises:
        PackError: a file was changed by hand and does not load.
    """
    folder = files("services.intake.packs")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".yaml"):
            pack = load_text(entry.read_text(encoding="utf-8"), file=entry.name)
            found[pack.name] = pack
    return found


def load_text(text: str, *, file: str) -> Pack:
    """Return the pack of a file's text; it may extend a shipped one.

    Raises:
        PackError: it does not load; every problem with line and column.
    """
    document, places = _read(text, file)
    # A shipped pack extends nothing, so that loading the shipped ones does not come back here.
    base = _shipped_document if isinstance(document, dict) and "extends" in document else None
    return load_pack(document, shipped_tables(), file=file, places=places, base=base)


def load_file(path: Path) -> Pack:
    """Return the pack of a file.

    Raises:
        SiteFileError: it cannot be read.
        PackError: it does not load.
    """
    try:
        text = path.read_bytes()[: LARGEST_BYTES + 1].decode("utf-8", "replace")
    except OSError as error:
        raise SiteFileError(path, f"the pack cannot be read ({error.strerror})", HINT) from None
    return load_text(text, file=path.name)


def packs_of(folder_texts: Mapping[Path, str]) -> Mapping[str, Pack]:
    """Return the shipped packs and a tenant's own, which win over shipped ones of their name.

    Raises:
        SiteFileError: a pack does not load, or is named otherwise than its file.
    """
    found = dict(shipped_packs())
    for path, text in folder_texts.items():
        try:
            pack = load_text(text, file=path.name)
        except PackError as error:
            raise SiteFileError(path, str(error), HINT) from None
        if pack.name != path.stem:
            wrong = f"pack: the file is named '{path.stem}', its pack says another name"
            raise SiteFileError(path, wrong, "Make both the same: sources name the pack.")
        found[pack.name] = pack
    return found


def _shipped_document(name: str) -> Mapping[str, Any] | None:
    pack = shipped_packs().get(name)
    return None if pack is None else pack.document


def _read(text: str, file: str) -> tuple[object, Places]:
    try:
        return read_placed_yaml(text)
    except PlacedYamlError as error:
        at = "".join(f":{number}" for number in error.place or ())
        problem = f"{file}{at}: {error.what}. {error.write[0].upper()}{error.write[1:]}."
        raise PackError([problem]) from None
