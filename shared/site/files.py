"""Reads and writes the folder's files: in one step, mode 0600, read again when they change."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

from shared.identity import new_key
from shared.site.refusals import SiteFileError

PRIVATE: Final = 0o600
FOLDER: Final = 0o700
T = TypeVar("T")


def read_text(path: Path, hint: str) -> str:
    """Return the file's text, or refuse with `hint`.

    Raises:
        SiteFileError: when the file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SiteFileError(path, "the file is missing", hint) from None
    except UnicodeDecodeError:
        raise SiteFileError(path, "the file is not UTF-8 text", "Save it as UTF-8.") from None
    except OSError as error:
        wrong = f"the file cannot be read ({error.strerror})"
        raise SiteFileError(path, wrong, "Give the service's user the right to read it.") from None


def replace_private(path: Path, text: str) -> None:
    """Write `text` with mode 0600 in one step: a reader sees the old file or the new one."""
    draft = _draft(path, text)
    draft.replace(path)


def create_private(path: Path, text: str) -> bool:
    """Write a new file with mode 0600; return False and change nothing when it exists already."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces what is there
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _draft(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{new_key(6).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


class Fresh(Generic[T]):
    """The parsed content of a path, parsed again only when the path has changed."""

    def __init__(self, path: Path, parse: Callable[[Path], T]) -> None:
        """`parse` is called with the path; what it raises reaches the caller, nothing is kept."""
        self._path = path
        self._parse = parse
        self._seen: tuple[int, ...] = ()
        self._value: list[T] = []

    def value(self) -> T:
        """Return the content of now; a file that became unreadable raises and forgets the old."""
        stamp = self._stamp()
        if not self._value or stamp != self._seen:
            self._value = []
            self._value = [self._parse(self._path)]
            self._seen = stamp
        return self._value[0]

    def _stamp(self) -> tuple[int, ...]:
        with contextlib.suppress(OSError):
            status = self._path.stat()
            return (status.st_mtime_ns, status.st_size, status.st_ino)
        return ()


class FreshFolder:
    """The texts of some files of a folder, read again only when one of them has changed."""

    def __init__(self, folder: Path, pattern: str) -> None:
        """Remember where to look; a folder that does not exist has no files."""
        self._folder = folder
        self._pattern = pattern
        self._seen: dict[Path, tuple[int, ...]] = {}
        self._texts: Mapping[Path, str] = {}

    def texts(self) -> Mapping[Path, str]:
        """Return path -> text, sorted; the same object as before when nothing has changed.

        Raises:
            SiteFileError: a file cannot be read, or is not UTF-8.
        """
        found: dict[Path, tuple[int, ...]] = {}
        for path in sorted(self._folder.glob(self._pattern)) if self._folder.is_dir() else ():
            with contextlib.suppress(OSError):
                status = path.stat()
                found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        if found != self._seen:
            texts = {path: read_text(path, "Put the file back, or remove it.") for path in found}
            self._texts, self._seen = texts, found
        return self._texts
