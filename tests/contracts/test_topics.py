"""Who may read what: the walls that the architecture promises, checked on the registry."""

from shared.contracts.topics import (
    CASE,
    DECISION,
    RAW,
    REPORTED,
    REQUESTED,
    TOPICS,
    Principal,
    Topic,
)


def _readable_by(principal: Principal) -> set[str]:
    return {topic.name for topic in TOPICS.values() if principal in topic.readers}


def _writable_by(principal: Principal) -> set[str]:
    return {topic.name for topic in TOPICS.values() if principal in topic.writers}


def test_the_notifier_cannot_read_incidents_or_decisions() -> None:
    """The notifier cannot leak what it never receives (ADR 0004)."""
    assert _readable_by(Principal.NOTIFIER) == {
        REQUESTED.name,
        CASE.name,
        "audit.checkpoint.v1",
    }


def test_the_auditor_writes_nothing() -> None:
    """Replay has no way to send."""
    assert _writable_by(Principal.AUDITOR) == set()


def test_the_auditor_reads_neither_raw_records_nor_requests() -> None:
    """No sealed identifier of a request and no raw payload reaches the auditor."""
    assert not {RAW.name, REQUESTED.name} & _readable_by(Principal.AUDITOR)


def test_only_intake_writes_raw_records() -> None:
    """A publisher on Kafka writes to its own source topic."""
    assert set(RAW.writers) == {Principal.INTAKE_HTTP, Principal.INTAKE}


def test_reports_are_kept_as_long_as_decisions() -> None:
    """Otherwise a decision could not be replayed from events."""
    assert REPORTED.retention_ms == DECISION.retention_ms


def test_a_topic_without_its_own_count_takes_the_sites() -> None:
    """The partition count is the site's, but for the two topics of one partition."""
    counts: dict[str, int] = {t.name: t.partition_count(48) for t in TOPICS.values()}

    assert {name for name, count in counts.items() if count == 1} == {
        "triage.ruleset.v1",
        "audit.checkpoint.v1",
    }
    assert set(counts.values()) == {1, 48}


def test_a_compacted_topic_keeps_tombstones_for_a_week() -> None:
    """A reader that lags a day must still see them (operations.md section 1)."""
    compacted: list[Topic] = [t for t in TOPICS.values() if t.cleanup == "compact"]

    assert {t.config()["delete.retention.ms"] for t in compacted} == {"604800000"}
