"""What becomes of a raw record: reported, rejected, skipped on purpose, or held until it can be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from services.intake.keystore.cipher import new_data_key
from services.intake.raw import mapping
from services.intake.raw.record import Envelope, Parcel, write_record
from shared.contracts.words import RejectionCode
from shared.identity import sha256_hex
from shared.kafka.outcomes import Done, Reject, RetryLater
from shared.kafka.records import Incoming
from shared.kafka.settlement import Result
from tests.builders.intake_edge import IntakeStage, arrived, tenant_partition

REPORT = {"record_id": "1", "kind": "incident"}
REJECTED = "incident.rejected.v1"


def sent(intake: IntakeStage, document: object = REPORT) -> Incoming:
    """Post a report and return its raw record as the normaliser reads it."""
    intake.post(document)
    return arrived(intake.log.of("incident.raw.v1")[-1])


def produced(intake: IntakeStage, parcel: Parcel) -> Incoming:
    """Return a raw record that the HTTP edge would not make, with its key in the store."""
    key, stored = new_data_key(parcel.tenant, intake.site.raw_key(parcel.tenant))
    intake.keys.put([stored])
    return arrived(write_record(parcel, key, tenant_partition(parcel.tenant)))


def normalised(intake: IntakeStage, record: Incoming) -> Result:
    """Return what the normaliser makes of one record."""
    (result,) = intake.normalise(record)
    return result


def told(result: Result) -> dict[str, object]:
    """Return the one rejection record of a result."""
    (record,) = result[0]
    assert record.topic == REJECTED
    document: dict[str, object] = orjson.loads(record.value or b"")
    return document


def with_header(record: Incoming, name: str, value: bytes) -> Incoming:
    """Return the record with one header replaced."""
    kept = tuple((known, old) for known, old in record.headers if known != name)
    return replace(record, headers=(*kept, (name, value)))


POISON: dict[str, Callable[[Incoming], Incoming]] = {
    "null value": lambda record: replace(record, value=None),
    "no headers": lambda record: replace(record, headers=()),
    "no headers, no key, garbage": lambda record: Incoming(
        record.topic, record.partition, 3, 0, None, b"\x00\xff"
    ),
    "unknown CloudEvents version": lambda record: with_header(record, "ce_specversion", b"2.0"),
    "header that is not UTF-8": lambda record: with_header(record, "ce_id", b"\xff"),
    "key of another tenant": lambda record: replace(record, key=b"southmoor"),
    "other partition": lambda record: replace(record, partition=(tenant_partition() + 1) % 6),
    "garbage value": lambda record: replace(record, value=b"garbage of some length or other"),
    "value cut short": lambda record: replace(record, value=(record.value or b"")[:-3]),
    "garbage envelope": lambda record: with_header(record, "ce_envelope", b"!"),
    "tenant and key that nobody knows": lambda record: with_header(
        with_header(replace(record, key=b"nobody"), "ce_source", b"urn:peerline:intake:nobody"),
        "ce_keyid",
        b"00000000-0000-4000-8000-000000000000",
    ),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_poison_is_rejected_and_never_skipped(
    intake: IntakeStage, poison: Callable[[Incoming], Incoming]
) -> None:
    """One rejection record with the place of the poison; reading goes on."""
    record = poison(sent(intake))
    result = normalised(intake, record)

    assert isinstance(result[1], Reject)
    assert (told(result)["partition"], told(result)["offset"]) == (record.partition, record.offset)
    assert result[0][0].partition == record.partition


def test_poison_does_not_hold_its_neighbours(intake: IntakeStage) -> None:
    """A poll of three: good, poison, good."""
    good = sent(intake)
    results = intake.normalise(good, replace(good, offset=1, value=None), replace(good, offset=2))

    assert [type(outcome) for _, outcome in results] == [Done, Reject, Done]


def test_the_same_record_is_rejected_under_the_same_id(intake: IntakeStage) -> None:
    """Read again after a crash, it is the same rejection."""
    record = replace(sent(intake), value=None)

    first, second = normalised(intake, record), normalised(intake, record)

    assert told(first)["rejected_id"] == told(second)["rejected_id"]


def test_a_missing_key_holds_the_partition_and_pages(
    intake: IntakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """Without tombstone it is a loss: nothing is skipped, somebody is woken."""
    record = sent(intake)
    intake.keys.keys.clear()

    outputs, outcome = normalised(intake, record)

    assert (outputs, outcome) == ((), RetryLater("data_key_missing"))
    assert [line.levelname for line in caplog.records] == ["CRITICAL"]
    assert intake.metrics.value("intake_data_key_missing_total", tenant="northwick") == 1


def test_an_erased_key_is_skipped_and_counted(intake: IntakeStage) -> None:
    """With a tombstone it is on purpose."""
    record = sent(intake)
    intake.keys.erase(list(intake.keys.keys))

    assert normalised(intake, record) == ((), Done())
    assert intake.metrics.value("intake_rejected_total", tenant="northwick", reason="erased") == 1


def test_a_key_store_that_is_down_holds_everything(intake: IntakeStage) -> None:
    """Infrastructure failed, not the records."""
    record = sent(intake)
    intake.keys.is_down = True

    assert normalised(intake, record) == ((), RetryLater("key_store_unavailable"))


def test_no_month_key_holds_the_partition(intake: IntakeStage) -> None:
    """A report that cannot be sealed waits; it is not published without its people."""
    record = sent(intake)
    intake.clock.move(timedelta(days=60))

    assert normalised(intake, record) == ((), RetryLater("NoSealKeyError"))


def test_a_replaced_raw_key_holds_the_partition(intake: IntakeStage) -> None:
    """The wrong key file must not reject what the right one opens."""
    record = sent(intake)
    file = intake.site.tenant_folder("northwick") / "keys" / "raw.key"
    file.write_text((intake.site.tenant_folder("southmoor") / "keys" / "raw.key").read_text())

    assert normalised(intake, record) == ((), RetryLater("TenantKeyWrongError"))


def test_a_tenant_whose_settings_are_damaged_holds_its_partition(intake: IntakeStage) -> None:
    """A typing error in tenant.yaml loses nothing."""
    record = sent(intake)
    (intake.site.tenant_folder("northwick") / "tenant.yaml").write_text("tenant: [")

    assert isinstance(normalised(intake, record)[1], RetryLater)


def test_a_mapper_that_fails_rejects_the_record(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No loop, no crash; the log has the type and never the text."""
    record = sent(intake)

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(mapping, "receive", broken)
    result = normalised(intake, record)

    assert result[1] == Reject(RejectionCode.MAPPER_ERROR)
    assert told(result)["severity"] == "high"
    assert all("canary" not in line.getMessage() for line in caplog.records)


def test_a_body_that_holds_nothing_leaves_a_trace(intake: IntakeStage) -> None:
    """No raw record ends without a record elsewhere."""
    parcel = Parcel("northwick", Envelope("datix"), b"[]", sha256_hex(b"[]"))

    result = normalised(intake, produced(intake, parcel))

    assert told(result)["code"] == "not_supported"


def test_the_time_of_the_first_record_that_kafka_saw_wins(intake: IntakeStage) -> None:
    """Importer and remap carry it in a header, so that mapping is repeatable."""
    body = orjson.dumps(REPORT)
    seen_at = intake.clock.now() - timedelta(days=3)
    parcel = Parcel("northwick", Envelope("datix"), body, sha256_hex(body), received_at=seen_at)

    (record,), _ = normalised(intake, produced(intake, parcel))

    assert orjson.loads(record.value or b"")["received_at"] == "2026-03-07T09:00:00.000000Z"


def test_mapping_again_gives_the_same_report_but_for_the_seal(intake: IntakeStage) -> None:
    """After a crash the same record becomes the same event."""
    person = {"id": {"system": "login", "value": "jdoe"}, "involvement": "direct"}
    record = sent(intake, REPORT | {"staff": [person]})
    documents = [orjson.loads(normalised(intake, record)[0][0].value or b"") for _ in range(2)]

    seals = [document["staff"][0].pop("sealed") for document in documents]
    assert documents[0] == documents[1]
    assert seals[0] != seals[1]


def test_what_was_read_is_counted(intake: IntakeStage) -> None:
    """Reports by format, flags by name, refusals by reason."""
    intake.post([REPORT, {}])
    intake.normalise()

    value = intake.metrics.value
    assert value("intake_reports_total", tenant="northwick", format="native") == 1
    assert value("intake_quality_flags_total", tenant="northwick", reason="harm_missing") == 1
    assert value("intake_rejected_total", tenant="northwick", reason="unknown_format") == 1
