"""Collects what a site has written: records of every topic, files, rows of every table."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from kafka import TopicPartition

from shared.kafka.client import KafkaClient
from tests.builders.canaries.search import Piece

_POLL_MS: Final = 500
_AT_ONCE: Final = 1 << 20  # small records are searched together: one piece, one pass


def topic_names(kafka: KafkaClient) -> set[str]:
    """Return the names of all topics of the cluster, Kafka's own among them."""
    admin = kafka.admin()
    try:
        return set(admin.list_topics())
    finally:
        admin.close()


def records_of(kafka: KafkaClient, topic: str) -> Iterator[Any]:
    """Yield every record of a topic, those of aborted transactions too, as the client has them."""
    consumer = kafka.consumer(
        group_id=None, isolation_level="read_uncommitted", exclude_internal_topics=False
    )
    try:
        numbers = consumer.partitions_for_topic(topic) or ()
        places = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        consumer.seek_to_beginning()
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=_POLL_MS, max_records=5000).values():
                yield from records
    finally:
        consumer.close()


def in_topics(kafka: KafkaClient, topics: Collection[str]) -> Iterator[Piece]:
    """Yield what lies in topics: keys, values, names and values of headers."""
    for topic in sorted(topics):
        yield from _together(f"topic {topic}", map(_bytes_of, records_of(kafka, topic)))


def in_files(*roots: Path, but: Collection[str] = ()) -> Iterator[Piece]:
    """Yield the content and the name of every file under the folders; `but` are folders' names.

    A name in `but` that ends in a dash stands for all that begin so.
    """
    for root in roots:
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not any(_is_one_of(part, but) for part in parts):
                name = str(path.relative_to(root))
                yield Piece(f"file {root.name}/{name}", name.encode() + b"\n" + path.read_bytes())


def databases(home: Path) -> list[Path]:
    """Return the SQLite files of a site."""
    return sorted(p for p in home.rglob("*") if p.suffix in {".db", ".sqlite"})


def in_tables(database: Path) -> Iterator[Piece]:
    """Yield every column of every table of an SQLite file, numbers too, as text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in names.fetchall():
            rows = connection.execute(f'select * from "{table}"')
            yield from _together(f"table {database.name}/{table}", map(_row_bytes, rows))


def _is_one_of(part: str, names: Collection[str]) -> bool:
    return any(part.startswith(n) if n.endswith("-") else part == n for n in names)


def _bytes_of(record: Any) -> bytes:
    headers = b"\n".join(name.encode() + b"\t" + (value or b"") for name, value in record.headers)
    return b"\n".join((record.key or b"", record.value or b"", headers))


def _row_bytes(row: tuple[Any, ...]) -> bytes:
    return b"\t".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)


def _together(place: str, contents: Iterator[bytes]) -> Iterator[Piece]:
    waiting, size = [], 0
    for content in contents:
        waiting.append(content)
        size += len(content)
        if size >= _AT_ONCE:
            yield Piece(place, b"\n".join(waiting))
            waiting, size = [], 0
    yield Piece(place, b"\n".join(waiting))
