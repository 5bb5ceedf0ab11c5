"""The jars of Apache Kafka: resolved once by jgo, proved against our list, kept for every start.

EmbeddedKafkaError (errors.py)
├── JarsUnavailableError   they could not be fetched
└── JarsDamagedError       what was fetched is not what the list names
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeAlias

from shared.kafka.embedded.errors import EmbeddedKafkaError
from shared.kafka.embedded.trust import as_this_machine_trusts

KAFKA_VERSION: Final = "4.1.1"
# kafka-clients is named although kafka needs it: left to itself the resolution may pick another.
ENDPOINT: Final = "+".join(
    (
        f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
        f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
        "org.slf4j:slf4j-simple:1.7.36",
    )
)
Progress: TypeAlias = Callable[[int, int], None]  # bytes fetched, bytes in all


class JarsUnavailableError(EmbeddedKafkaError):
    """Kafka's jars are neither kept here nor to be had."""

    def __init__(self, folder: Path, error: BaseException) -> None:
        """Name the folder and the type of what went wrong."""
        super().__init__(
            f"Apache Kafka {KAFKA_VERSION} could not be downloaded ({type(error).__name__}). The "
            "embedded Kafka fetches its 46 jars (44 MB) from Maven Central once and keeps them in "
            f"{folder}; this machine cannot reach it now. Either connect it and start again (a "
            "proxy is taken from HTTPS_PROXY), or copy that folder from a machine that has it, or "
            "use a Kafka of your own: KAFKA_BOOTSTRAP_SERVERS=host:9092."
        )


class JarsDamagedError(EmbeddedKafkaError):
    """A downloaded jar is not the one our list names."""

    def __init__(self, names: list[str]) -> None:
        """Name the jars."""
        super().__init__(
            f"Jars of Apache Kafka are missing or not what they should be: {', '.join(names)}. "
            "They were fetched twice and their SHA-256 differs from the list that comes with "
            "Peerline, so they are not run. Something between this machine and Maven Central "
            "changes downloads: ask who runs the proxy, or use a Kafka of your own: "
            "KAFKA_BOOTSTRAP_SERVERS=host:9092."
        )


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar as the list names it; `size` in bytes."""

    sha256: str
    size: int
    name: str


def listed_jars() -> tuple[Jar, ...]:
    """Return the jars of the list that comes with Peerline."""
    lines = files("shared.kafka.embedded").joinpath("jars.lock").read_text().splitlines()
    return tuple(
        Jar(sha256, int(size), name) for sha256, size, name in (line.split() for line in lines)
    )


def class_path(folder: Path, progress: Progress) -> str:
    """Return the class path of all jars, fetched into `folder` if they are not there yet.

    Several processes may ask at once: one fetches, the others wait. `progress` is called while
    bytes arrive, and not at all when nothing is fetched.

    Raises:
        JarsUnavailableError: the download is impossible.
        JarsDamagedError: what was downloaded is not what the list names.
    """
    if not _complete(folder):
        with _alone(folder):
            if not _complete(folder):
                _fetch(folder, progress)
    return os.pathsep.join(str(folder / jar.name) for jar in listed_jars())


def _complete(folder: Path) -> bool:
    return all(_size(folder / jar.name) == jar.size for jar in listed_jars())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path, progress: Progress) -> None:
    damaged: list[str] = []
    for _ in range(2):  # a download that was cut off leaves half a file in Maven's cache
        try:
            with as_this_machine_trusts():
                found = _resolve(progress)
        except (OSError, RuntimeError, AssertionError, ValueError) as error:
            raise JarsUnavailableError(folder, error) from error
        damaged = _damaged(found)
        if not damaged:
            _keep(found, folder)
            return
        _forget(damaged, found)
    raise JarsDamagedError(damaged)


def _resolve(progress: Progress) -> dict[str, Path]:
    try:
        import jgo  # noqa: PLC0415 - only the extra `kafka` has it
        from jgo.maven import PythonResolver  # noqa: PLC0415
    except ImportError as error:
        raise EmbeddedKafkaError(
            "The embedded Kafka needs the extra 'kafka', which is not installed here. Install "
            "'peerline[kafka]', or use a Kafka of your own: KAFKA_BOOTSTRAP_SERVERS=host:9092."
        ) from error
    resolver = PythonResolver(progress_callback=_counting(progress))
    # Not jgo.build: to sort out Java modules, which we do not use, it would fetch a whole JDK.
    artifacts = jgo.resolve(ENDPOINT)
    for artifact in artifacts:
        artifact.context.resolver = resolver
    return {artifact.filename: artifact.resolve() for artifact in artifacts}


def _counting(progress: Progress) -> Callable[[str, int], object]:
    wanted = {jar.name: jar.size for jar in listed_jars()}
    total = sum(wanted.values())
    done = 0

    @contextmanager
    def fetching(name: str, _size: int) -> Iterator[Callable[[int], None]]:
        def advance(count: int) -> None:
            nonlocal done
            if name in wanted:
                done = min(total, done + count)
                progress(done, total)

        yield advance

    return fetching


def _damaged(found: Mapping[str, Path]) -> list[str]:
    return [
        jar.name
        for jar in listed_jars()
        if jar.name not in found or _sha256(found[jar.name]) != jar.sha256
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(damaged: list[str], found: Mapping[str, Path]) -> None:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - only the extra `kafka` has it

    cache = Path(GlobalSettings.load().repo_cache)
    for name in damaged:
        for path in (*cache.rglob(name), *((found[name],) if name in found else ())):
            with suppress(FileNotFoundError):
                path.unlink()


def _keep(found: Mapping[str, Path], folder: Path) -> None:
    for jar in listed_jars():
        part = folder / f".{jar.name}.part"
        shutil.copyfile(found[jar.name], part)
        part.replace(folder / jar.name)
