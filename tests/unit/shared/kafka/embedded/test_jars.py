"""Kafka's jars: fetched once, proved, kept; every way it can fail says what to do."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from shared.kafka.embedded import jars
from shared.kafka.embedded.errors import EmbeddedKafkaError
from shared.kafka.embedded.jars import Jar, JarsDamagedError, JarsUnavailableError, class_path

CONTENTS = {"kafka.jar": b"kafka" * 100, "clients.jar": b"clients" * 100}
LISTED = tuple(
    Jar(hashlib.sha256(data).hexdigest(), len(data), name) for name, data in CONTENTS.items()
)


class Maven:
    """Stands in for jgo: names artifacts, and lays each into its cache when asked for it."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "repository"
        self.asked = 0
        self.answers: list[dict[str, bytes] | Exception] = [CONTENTS]

    def resolve(self, endpoint: str) -> list[SimpleNamespace]:
        assert endpoint == jars.ENDPOINT
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return [self._artifact(name, data) for name, data in answer.items()]

    def _artifact(self, name: str, data: bytes) -> SimpleNamespace:
        context = SimpleNamespace()

        def fetch() -> Path:
            cached = self.repository / name
            cached.parent.mkdir(parents=True, exist_ok=True)
            if not cached.exists():
                with context.resolver.progress_callback(name, len(data)) as advance:
                    cached.write_bytes(data)
                    advance(len(data))
            return cached

        return SimpleNamespace(filename=name, context=context, resolve=fetch)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maven:
    """Put the stand-in where `import jgo` finds it, with a list of two jars."""
    maven = Maven(tmp_path)
    jgo, maven_module, config = (ModuleType(n) for n in ("jgo", "jgo.maven", "jgo.config"))
    jgo.resolve = maven.resolve  # type: ignore[attr-defined]
    maven_module.PythonResolver = SimpleNamespace  # type: ignore[attr-defined]
    config.GlobalSettings = SimpleNamespace(  # type: ignore[attr-defined]
        load=lambda: SimpleNamespace(repo_cache=maven.repository)
    )
    for module in (jgo, maven_module, config):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(jars, "listed_jars", lambda: LISTED)
    return maven


def quiet(_done: int, _total: int) -> None:
    """Show nothing."""


def test_jars_are_fetched_once(maven: Maven, tmp_path: Path) -> None:
    """The second start asks nobody: it works without a network."""
    folder = tmp_path / "home" / "jars"

    first, second = class_path(folder, quiet), class_path(folder, quiet)

    assert first == second == f"{folder}/kafka.jar:{folder}/clients.jar"
    assert (folder / "kafka.jar").read_bytes() == CONTENTS["kafka.jar"]
    assert maven.asked == 1


def test_who_waited_for_another_process_fetches_nothing(
    maven: Maven, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jars came while we stood before the lock."""
    answers = iter([False, True])
    monkeypatch.setattr(jars, "_complete", lambda _folder: next(answers))

    class_path(tmp_path / "jars", quiet)

    assert maven.asked == 0


def test_progress_counts_bytes_of_our_jars_only(maven: Maven, tmp_path: Path) -> None:
    """POM files and jars that are not listed do not move the bar."""
    maven.answers = [CONTENTS | {"extra.jar": b"x" * 5000}]
    seen: list[tuple[int, int]] = []

    class_path(tmp_path / "jars", lambda done, total: seen.append((done, total)))

    assert seen == [(500, 1200), (1200, 1200)]
    assert not (tmp_path / "jars" / "extra.jar").exists()


def test_a_jar_that_is_too_short_is_fetched_again(maven: Maven, tmp_path: Path) -> None:
    """A full disk or a power cut left half of it."""
    folder = tmp_path / "jars"
    class_path(folder, quiet)
    (folder / "kafka.jar").write_bytes(b"half")

    class_path(folder, quiet)

    assert (folder / "kafka.jar").read_bytes() == CONTENTS["kafka.jar"]


@pytest.mark.parametrize("error", [ConnectionError("host"), RuntimeError("404"), OSError("disk")])
def test_an_impossible_download_says_what_to_do(
    maven: Maven, tmp_path: Path, error: Exception
) -> None:
    """What, why, what to do; one paragraph."""
    maven.answers = [error]

    with pytest.raises(JarsUnavailableError) as refused:
        class_path(tmp_path / "jars", quiet)

    text = str(refused.value)
    assert type(error).__name__ in text
    assert str(tmp_path / "jars") in text
    assert "KAFKA_BOOTSTRAP_SERVERS" in text
    assert "\n" not in text


def test_a_damaged_jar_is_dropped_from_the_cache_and_fetched_again(
    maven: Maven, tmp_path: Path
) -> None:
    """A download that was cut off leaves half a file in Maven's cache, which jgo would trust."""
    maven.answers = [CONTENTS | {"kafka.jar": b"cut off"}, CONTENTS]

    class_path(tmp_path / "jars", quiet)

    assert (tmp_path / "jars" / "kafka.jar").read_bytes() == CONTENTS["kafka.jar"]
    assert maven.asked == 2


@pytest.mark.parametrize("answer", [CONTENTS | {"kafka.jar": b"evil"}, {"clients.jar": b""}])
def test_a_jar_that_stays_wrong_is_never_run(
    maven: Maven, tmp_path: Path, answer: dict[str, bytes]
) -> None:
    """Changed, or missing: nothing is kept."""
    maven.answers = [answer]

    with pytest.raises(JarsDamagedError, match=r"kafka\.jar"):
        class_path(tmp_path / "jars", quiet)

    assert list((tmp_path / "jars").glob("*.jar")) == []


def test_without_the_extra_the_message_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service image has no jgo: it is told what to install or to set."""
    monkeypatch.setitem(sys.modules, "jgo", None)

    with pytest.raises(EmbeddedKafkaError, match=r"peerline\[kafka\]"):
        class_path(tmp_path / "jars", quiet)


def test_the_list_names_every_jar_once() -> None:
    """46 jars with their SHA-256: what an air-gapped site checks too."""
    listed = jars.listed_jars()

    assert len({jar.name for jar in listed}) == len(listed) == 46
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in listed)
    assert f"kafka-clients-{jars.KAFKA_VERSION}.jar" in {jar.name for jar in listed}
