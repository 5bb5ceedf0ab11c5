"""What `peerline up` does on a Kafka before the services start."""

import io
from pathlib import Path

from services.supervisor.bootstrap import do_chores, prepare
from services.supervisor.settings import SupervisorSettings
from services.supervisor.status_line import StatusLine
from services.triage.rule_admin import activation_keys
from shared.contracts.topics import TOPICS
from shared.kafka.admin import partition_counts
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.site.site import Site
from tests.builders.site import a_site, a_tenant_document, a_tenant_file


def test_topics_and_default_rules_are_there_before_any_service(
    lonely_kafka: KafkaClient, tmp_path: Path
) -> None:
    """A broker that has nothing gets everything, once; the second start changes nothing."""
    settings = SupervisorSettings(peerline_home=tmp_path, peerline_config=tmp_path / "config")
    do_chores(Site(settings.config_folder))
    first, second = io.StringIO(), io.StringIO()

    prepare(settings, lonely_kafka.bootstrap, StatusLine(first))
    prepare(settings, lonely_kafka.bootstrap, StatusLine(second))

    # Its neighbour shares the broker and may have run before: then they are active already.
    assert "every tenant without rules of its own" in first.getvalue()
    assert "has active rules already" in second.getvalue()
    assert set(partition_counts(lonely_kafka, list(TOPICS))) == set(TOPICS)
    assert [key.split("/")[1] for key in activation_keys(lonely_kafka)] == ["*"]


def test_topics_that_tenants_bind_are_created_too(
    lonely_kafka: KafkaClient, tmp_path: Path
) -> None:
    """With the broker's own time in every record, since that becomes received_at."""
    settings = SupervisorSettings(peerline_home=tmp_path, peerline_config=tmp_path / "config")
    site = a_site(settings.config_folder)
    a_tenant_file(site, a_tenant_document(sources={"datix": {"topic": "northwick-datix"}}))

    prepare(settings, lonely_kafka.bootstrap, StatusLine(io.StringIO()))

    name = "incident.source.northwick-datix.v1"
    assert partition_counts(lonely_kafka, [name]) == {name: 1}
    producer = lonely_kafka.producer()
    producer.send(name, value=b"{}", timestamp_ms=1)
    producer.close()
    (record,) = read_range(lonely_kafka, name)
    assert record.is_append_time
    assert record.timestamp_ms > 1
