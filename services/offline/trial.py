"""A file through a pack, as `peerline mapping test` does it: in pieces, on every core, in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.rows.pack import Pack
from services.intake.packs.pack_files import load_file
from services.offline.bodies import Body, bodies
from services.offline.context import mapping_context
from services.offline.survey import Survey, survey
from shared.site.site import Site
from shared.site.spelling import closest

SMALL_BYTES: Final = 4 * 1024 * 1024
_IN_FLIGHT: Final = 3


class PackUnknownError(ValueError):
    """No pack of that name ships with Peerline or belongs to the tenant."""

    hint = "'peerline mapping list' shows the packs; a file is named by its path, as ./ours.yaml."


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try: a pack by name or file, and whose settings count."""

    config: Path
    pack: str
    tenant: str
    source: str | None
    received_at: datetime

    def hints(self) -> Hints:
        """Return how to map; the same in every process.

        Raises:
            SiteError, PackError, PackUnknownError: settings or pack cannot be used.
        """
        context = mapping_context(Site(self.config), self.tenant, self.source, self.pack)
        return chosen(context, self.pack)


def chosen(context: MappingContext, name: str) -> Hints:
    """Return hints that name a pack of the context, or that of a file.

    Raises:
        SiteFileError, PackError: the file cannot be read, or does not load.
        PackUnknownError: there is no such pack.
    """
    if is_file(name):
        pack = load_file(Path(name))
        context = replace(context, packs={**context.packs, pack.name: pack})
        return Hints(context, pack=pack.name)
    if name not in context.packs:
        known = closest(name, [*context.packs])
        raise PackUnknownError(f"there is no pack '{name}'{known}")
    return Hints(context, pack=name)


def is_file(name: str) -> bool:
    """Tell whether a pack is named by the path of its file."""
    return name.endswith((".yaml", ".yml")) or os.sep in name


def pack_of(hints: Hints) -> Pack:
    """Return the pack that the hints name."""
    return hints.context.packs[hints.pack or ""]


def run(trial: Trial, path: Path, advance: Callable[[int], None]) -> Survey:
    """Return the survey of a whole file; `advance` is told the bytes done so far.

    Raises:
        SiteError, PackError, PackUnknownError, EmptyFileError, OSError: it cannot be tried.
    """
    hints = trial.hints()
    pieces = bodies(str(path), pack_of(hints))
    total = Survey()
    found: Iterator[tuple[Body, Survey]]
    if path.stat().st_size <= SMALL_BYTES:
        found = ((body, survey(body, hints, trial.received_at)) for body in pieces)
    else:
        found = _in_processes(trial, pieces)
    for body, part in found:
        total.add(part)
        advance(body.read_bytes)
    return total


def _in_processes(trial: Trial, pieces: Iterator[Body]) -> Iterator[tuple[Body, Survey]]:
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, initializer=_prepare, initargs=(trial,)) as pool:
        waiting: deque[tuple[Body, Future[Survey]]] = deque()
        for body in pieces:
            waiting.append((replace(body, content=b""), pool.submit(_survey, body)))
            if len(waiting) >= workers * _IN_FLIGHT:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


_worker: dict[str, tuple[Trial, Hints]] = {}


def _prepare(trial: Trial) -> None:
    _worker["own"] = trial, trial.hints()


def _survey(body: Body) -> Survey:
    trial, hints = _worker["own"]
    return survey(body, hints, trial.received_at)
