"""Logs and metrics with a closed vocabulary: what is not on a list never leaves the process.

A log line is an event and fields of the allow-list (operations.md section 8); no text of an
exception, no payload. Level names are our own words: a line says `notice` or `fault`.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType, TracebackType
from typing import Any, Final, Literal, TextIO, TypeAlias, get_args
from uuid import UUID

from shared.clock import monotonic

Field: TypeAlias = str | int | float | bool | UUID | None
FIELDS: Final = (
    "tenant",
    "topic",
    "partition",
    "offset",
    "event_id",
    "request_id",
    "case_ref",
    "reason",
    "state",
    "duration_ms",
    "attempts",
    "error_type",
    "trace_id",
)
LEVELS: Final[Mapping[int, str]] = MappingProxyType(
    {
        logging.DEBUG: "debug",
        logging.INFO: "info",
        logging.WARNING: "notice",
        logging.ERROR: "fault",
        logging.CRITICAL: "alarm",
    }
)
_OURS: Final = "peerline"
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST_FIELD: Final = 200
_DEEPEST: Final = 8  # frames of a traceback that are shown, the innermost


@dataclass(frozen=True, slots=True)
class EventLog:
    """The log of one service: an event in snake_case and allow-listed fields."""

    service: str

    def info(self, event: str, **fields: Field) -> None:
        """Record that something happened as it should."""
        self._write(logging.INFO, event, fields)

    def notice(self, event: str, **fields: Field) -> None:
        """Record something that an operator may want to look at."""
        self._write(logging.WARNING, event, fields)

    def fault(self, event: str, error: BaseException | None = None, **fields: Field) -> None:
        """Record that something broke; of `error` only types and lines are kept."""
        self._write(logging.ERROR, event, fields, error)

    def alarm(self, event: str, error: BaseException | None = None, **fields: Field) -> None:
        """Record what a human must be woken for."""
        self._write(logging.CRITICAL, event, fields, error)

    def _write(
        self,
        level: int,
        event: str,
        fields: Mapping[str, Field],
        error: BaseException | None = None,
    ) -> None:
        logger = logging.getLogger(f"{_OURS}.{self.service}")
        # The event is never formatted: a text made of values would carry them past the list.
        name = event if _EVENT.fullmatch(event) else "unnamed_event"
        trouble = (type(error), error, error.__traceback__) if error else None
        logger.log(level, name, exc_info=trouble, extra={"fields": dict(fields)})


def event_log(service: str) -> EventLog:
    """Return the log of `service`; who starts a process calls `configure_logging` once."""
    return EventLog(service)


def configure_logging(service: str, stream: TextIO | None = None) -> None:
    """Write JSON lines to `stream` (default stderr): ours from info on, libraries' rarely.

    An exception that nobody catches ends up there too, without its text.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(service))
    handler.addFilter(LibraryLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    log = event_log(service)
    sys.excepthook = lambda _type, error, _trace: _tell_end(log, error)
    threading.excepthook = lambda crash: log.alarm("thread_crashed", crash.exc_value)


def _tell_end(log: EventLog, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt):
        log.info("process_interrupted")
    else:
        log.alarm("process_crashed", error)


class JsonLines(logging.Formatter):
    """Formats any record as one JSON line of allow-listed fields."""

    def __init__(self, service: str) -> None:
        """Name the service that lines of libraries are attributed to."""
        super().__init__()
        self._service = service
        self._version = _version()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a library's own words are replaced by the name of its logger."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": LEVELS.get(record.levelno, "info"),
            "service": self._service,
            "version": self._version,
        }
        if record.name.startswith(_OURS + "."):
            line |= {"event": record.msg, "service": record.name.removeprefix(_OURS + ".")}
            line |= allowed(getattr(record, "fields", {}))
        else:
            line |= {"event": "library_notice", "reason": record.name[:_LONGEST_FIELD]}
        if record.exc_info and record.exc_info[0]:
            line |= _trouble(record.exc_info[0], record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def allowed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `fields` may be written: known names, plain and short values, no None."""
    return {
        name: fields[name] if isinstance(fields[name], int | float) else _short(fields[name])
        for name in FIELDS
        if isinstance(fields.get(name), str | int | float | UUID)
    }


def _short(value: str | UUID) -> str:
    return str(value)[:_LONGEST_FIELD]


def _trouble(error: type[BaseException], trace: TracebackType | None) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)[-_DEEPEST:]
    return {
        "error_type": error.__name__,
        "lines": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames],
    }


def _version() -> str:
    try:
        return version("peerline")
    except PackageNotFoundError:
        return "unknown"


class LibraryLimit(logging.Filter):
    """Lets each library speak once in `every_seconds`: a broker outage is ten lines a second."""

    def __init__(self, every_seconds: float = 60.0) -> None:
        """Start with nobody having spoken."""
        super().__init__()
        self._every_seconds = every_seconds
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written; our own always are."""
        if record.name.startswith(_OURS + "."):
            return True
        library = record.name.partition(".")[0]
        now = monotonic()
        if now - self._last.get(library, -self._every_seconds) < self._every_seconds:
            return False
        self._last[library] = now
        return True


Metric: TypeAlias = Literal[
    "intake_reports_total",
    "intake_rejected_total",
    "intake_quality_flags_total",
    "intake_answers_total",
    "intake_data_key_missing_total",
    "triage_decisions_total",
    "triage_decision_seconds",
    "triage_oldest_undecided_seconds",
    "triage_rejected_total",
    "triage_parked_total",
    "triage_ruleset_refused_total",
    "triage_state_rebuild_seconds",
    "notifier_cases_total",
    "notifier_attempts_total",
    "notifier_uncertain_cases",
    "notifier_outbox_oldest_seconds",
    "notifier_blocked_repeats_total",
    "notifier_taken_seconds",
    "notifier_contact_seconds",
    "notifier_timers_overdue",
    "audit_replay_mismatches_total",
    "audit_checkpoint_age_seconds",
    "kafka_lag_seconds",
    "process_progress_age_seconds",
    "backup_age_seconds",
]
LABELS: Final = frozenset({"tenant", "format", "reason", "state", "topic", "partition"})
_Series: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


class Metrics:
    """The numbers of one process, in Prometheus' text format; safe from several threads.

    A label outside `LABELS` raises ValueError: no person, unit or incident is ever a label.
    """

    def __init__(self) -> None:
        """Start with no series."""
        self._lock = threading.Lock()
        self._values: dict[_Series, float] = {}

    def count(self, name: Metric, by: float = 1, **labels: str) -> None:
        """Add `by` (0 or more) to a `_total`."""
        self._add(_series(name, labels), by)

    def gauge(self, name: Metric, value: float, **labels: str) -> None:
        """Set a value that may go up and down."""
        with self._lock:
            self._values[_series(name, labels)] = value

    def observe(self, name: Metric, seconds: float, **labels: str) -> None:
        """Add one measured duration: a summary of `_sum` and `_count`."""
        self._add(_series(f"{name}_sum", labels), seconds)
        self._add(_series(f"{name}_count", labels), 1)

    def value(self, name: str, **labels: str) -> float:
        """Return the current value of one series, 0 if it was never written."""
        with self._lock:
            return self._values.get(_series(name, labels), 0.0)

    def text(self) -> str:
        """Return all series, sorted, one a line."""
        with self._lock:
            values = sorted(self._values.items())
        return "".join(f"{_written(series)} {value:g}\n" for series, value in values)

    def _add(self, series: _Series, by: float) -> None:
        with self._lock:
            self._values[series] = self._values.get(series, 0.0) + by


METRICS: Final = get_args(Metric)


def _series(name: str, labels: Mapping[str, str]) -> _Series:
    strange = labels.keys() - LABELS
    if strange:
        raise ValueError(f"metric {name} may not carry the labels {sorted(strange)}: see LABELS")
    return name, tuple(sorted(labels.items()))


def _written(series: _Series) -> str:
    name, labels = series
    inner = ",".join(f"{label}={json.dumps(value)}" for label, value in labels)
    return f"{name}{{{inner}}}" if inner else name
