"""Logs and metrics hold what is on the list, and nothing that anybody sent us."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from io import StringIO
from typing import Any
from uuid import UUID

import pytest

from shared.observability import (
    FIELDS,
    METRICS,
    JsonLines,
    LibraryLimit,
    Metrics,
    allowed,
    configure_logging,
    event_log,
)

CANARY = "Jane Doe, MRN 4711"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """Configure logging as a service does; give back what was before."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    stream = StringIO()
    configure_logging("intake", stream)
    yield stream
    root.handlers[:], (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def read(stream: StringIO) -> list[dict[str, Any]]:
    """Return the lines as objects."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_event_with_its_fields(lines: StringIO) -> None:
    """One JSON object a line."""
    event_log("triage").info("report_decided", tenant="north", offset=7, event_id=UUID(int=1))

    (line,) = read(lines)
    assert (line["event"], line["level"], line["service"]) == ("report_decided", "info", "triage")
    assert (line["tenant"], line["offset"], line["event_id"]) == ("north", 7, str(UUID(int=1)))
    assert {"at", "version"} <= line.keys()


def test_a_field_that_is_not_on_the_list_is_dropped(lines: StringIO) -> None:
    """Nobody adds a payload by accident."""
    event_log("triage").info("report_decided", narrative=CANARY, tenant="north")

    assert CANARY not in lines.getvalue()
    assert read(lines)[0]["tenant"] == "north"


def test_an_event_is_never_a_text_made_of_values(lines: StringIO) -> None:
    """It would carry them past the list."""
    event_log("triage").info(f"decided {CANARY}")

    assert read(lines)[0]["event"] == "unnamed_event"
    assert CANARY not in lines.getvalue()


def test_an_exception_leaves_types_and_lines_only(lines: StringIO) -> None:
    """Its text may quote what was sent."""
    with pytest.raises(ValueError, match=CANARY) as caught:
        int(CANARY)
    event_log("intake").fault("mapping_failed", caught.value)

    (line,) = read(lines)
    assert line["error_type"] == "ValueError"
    assert line["lines"][0].startswith("test_observability.py:")
    assert CANARY not in lines.getvalue()


def test_words_that_acceptance_looks_for_are_never_written(lines: StringIO) -> None:
    """WARN, ERROR and Traceback are for a run that went wrong and that nobody told."""
    log = event_log("intake")
    log.notice("partition_paused", reason="key_store_down")
    log.fault("relay_failed", ValueError())
    log.alarm("data_key_missing")

    assert [line["level"] for line in read(lines)] == ["notice", "fault", "alarm"]
    assert not {"WARN", "ERROR", "Traceback"} & set(lines.getvalue().replace('"', " ").split())


def test_libraries_say_that_they_have_trouble_but_not_what(lines: StringIO) -> None:
    """Their texts hold whatever they were given; the logger's name says where to look."""
    logging.getLogger("kafka.consumer.fetcher").error("cannot decode %s", CANARY)
    logging.getLogger("kafka.conn").info("connected")

    (line,) = read(lines)
    assert (line["event"], line["reason"]) == ("library_notice", "kafka.consumer.fetcher")
    assert CANARY not in lines.getvalue()


def test_a_library_speaks_once_a_minute(lines: StringIO) -> None:
    """A broker outage is ten lines a second."""
    for number in range(50):
        logging.getLogger(f"kafka.conn{number % 3}").error("gone")
    logging.getLogger("aiokafka").error("gone")
    for _ in range(3):
        event_log("intake").info("report_accepted")

    events = [line["event"] for line in read(lines)]
    assert events == ["library_notice"] * 2 + ["report_accepted"] * 3


def test_a_library_may_speak_again_after_its_pause() -> None:
    """Rate-limited, not silenced."""
    limit = LibraryLimit(every_seconds=0.0)
    record = logging.makeLogRecord({"name": "kafka.conn"})

    assert limit.filter(record)
    assert limit.filter(record)


def test_a_crash_is_told_without_its_text(lines: StringIO) -> None:
    """In the main thread and in others."""
    error = RuntimeError(CANARY)
    sys.excepthook(RuntimeError, error, None)

    def crash() -> None:
        raise RuntimeError(CANARY)

    thread = threading.Thread(target=crash)
    thread.start()
    thread.join()

    assert [line["event"] for line in read(lines)] == ["process_crashed", "thread_crashed"]
    assert {line["error_type"] for line in read(lines)} == {"RuntimeError"}
    assert CANARY not in lines.getvalue()


def test_an_interruption_is_no_crash(lines: StringIO) -> None:
    """Ctrl-C is somebody's wish."""
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert [(line["event"], line["level"]) for line in read(lines)] == [
        ("process_interrupted", "info")
    ]


def test_python_warnings_are_lines_too(lines: StringIO) -> None:
    """Nothing else is ever printed by a service."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, stacklevel=1)

    assert CANARY not in lines.getvalue()


def test_a_checkout_that_is_not_installed_has_no_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It still logs."""

    def missing(_name: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("shared.observability.version", missing)
    line = json.loads(JsonLines("intake").format(logging.makeLogRecord({"name": "x"})))

    assert line["version"] == "unknown"


def test_values_are_plain_and_short() -> None:
    """A long text is no field; an object is none at all."""
    fields = allowed({"reason": "x" * 1000, "state": object(), "tenant": None, "attempts": 2})

    assert fields == {"reason": "x" * 200, "attempts": 2}


def test_the_list_is_the_one_of_the_operators_guide() -> None:
    """operations.md section 8: these and event, level, at, service, version."""
    # fmt: off
    assert FIELDS == (
        "tenant", "topic", "partition", "offset", "event_id", "request_id", "case_ref", "reason",
        "state", "duration_ms", "attempts", "error_type", "trace_id",
    )
    # fmt: on


def test_metrics_are_counted_per_label() -> None:
    """In Prometheus' text format, sorted."""
    metrics = Metrics()
    metrics.count("intake_reports_total", tenant="north", format="fhir")
    metrics.count("intake_reports_total", 2, tenant="north", format="fhir")
    metrics.gauge("kafka_lag_seconds", 1.5, topic="incident.raw.v1")
    metrics.gauge("kafka_lag_seconds", 0.5, topic="incident.raw.v1")
    metrics.observe("triage_decision_seconds", 0.25)
    metrics.observe("triage_decision_seconds", 0.5)

    assert metrics.text().splitlines() == [
        'intake_reports_total{format="fhir",tenant="north"} 3',
        'kafka_lag_seconds{topic="incident.raw.v1"} 0.5',
        "triage_decision_seconds_count 2",
        "triage_decision_seconds_sum 0.75",
    ]
    assert metrics.value("intake_reports_total", tenant="north", format="fhir") == 3
    assert metrics.value("intake_reports_total", tenant="south") == 0


@pytest.mark.parametrize("label", ["person_ref", "unit_id", "incident_key"])
def test_no_person_unit_or_incident_is_ever_a_label(label: str) -> None:
    """A label is kept for years and shown on a wall."""
    with pytest.raises(ValueError, match=label):
        Metrics().count("intake_reports_total", **{label: "x"})  # type: ignore[arg-type]


def test_metric_names_say_their_unit() -> None:
    """The grammar of style.md section 5: `<service>_<noun>_<unit or total>`."""
    kinds = {name.rsplit("_", 1)[1] for name in METRICS}

    assert kinds == {"total", "seconds", "cases", "overdue"}
