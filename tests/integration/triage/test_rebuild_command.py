"""`peerline triage rebuild` as an operator runs it: signed rules, real topics, words and codes."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.triage.agent.stretch import Deciding
from services.triage.bootstrap import GROUP
from services.triage.cli import group
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.journal.partition import JournalPlace
from services.triage.rule_admin import BEGINNING, Order, activate_shipped
from services.triage.ruleset_topic import RuleBook, RuleTopic
from shared.contracts.topics import DEFAULT_PARTITIONS, REPORTED, STATE
from shared.contracts.words import RulesMode
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.partitions import partition_of
from shared.kafka.reader import read_range
from shared.site.site import Site
from tests.builders.canonical import a_canonical
from tests.builders.site import a_site
from tests.builders.triage_behaviours import SEVERE
from tests.builders.triage_edges import a_reported_record
from tests.builders.triage_lives import Lives
from tests.builders.triage_stage import eventually

TENANT = "northwick"
PARTITION = partition_of(TENANT, DEFAULT_PARTITIONS)


@pytest.fixture
def site(lonely_kafka: KafkaClient, tmp_path: Path) -> Site:
    """Return a site with the shipped rules in force, live."""
    site = a_site(tmp_path / "config", TENANT)
    order = Order("*", RulesMode.LIVE, "installation")
    activate_shipped(lonely_kafka, site, order, BEGINNING)
    return site


def rebuild(kafka: KafkaClient, site: Site, *arguments: str) -> Result:
    """Run the command."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "PEERLINE_CONFIG": str(site.root),
        "PEERLINE_HOME": str(site.root.parent),
    }
    return CliRunner().invoke(group, ["rebuild", *arguments], env=environment)


async def decide_all(kafka: KafkaClient, site: Site) -> None:
    """Decide what stands on the topic by the rules of the rule topic, as a worker does."""
    client = kafka.aiokafka()
    topic = RuleTopic(client, "triage.ruleset.v1", RuleBook(site.rule_public_keys))
    await topic.read_to_end()
    place = JournalPlace(client, GROUP, REPORTED.name, STATE.name)
    deciding = Deciding(decide=decide, new_memory=State, choose=topic.choose)
    records = list(read_range(kafka, REPORTED.name, partitions=[PARTITION]))
    await Lives(place, PARTITION, deciding).live(records)
    await topic.close()


def report(kafka: KafkaClient, *names: str) -> None:
    """Write one severe report per name, as intake does."""
    producer = kafka.producer()
    for name in names:
        record = a_reported_record(a_canonical(name, tenant=TENANT, **SEVERE), partition=PARTITION)
        producer.send(
            REPORTED.name,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            partition=PARTITION,
        )
    producer.close()


def lose_state(kafka: KafkaClient) -> None:
    """Delete the state topic and create it again, as an operator would."""
    admin = kafka.admin()
    admin.delete_topics([STATE.name])
    admin.close()
    eventually(lambda: STATE.name in create_topics(kafka))


def test_an_operator_rebuilds_what_was_lost(lonely_kafka: KafkaClient, site: Site) -> None:
    """Lost, checked, rebuilt, whole again: each said in words, exit code 0."""
    report(lonely_kafka, "r1", "r2", "r3")
    asyncio.run(decide_all(lonely_kafka, site))
    lose_state(lonely_kafka)

    checked = rebuild(lonely_kafka, site, "--check", "--partition", str(PARTITION))
    rebuilt = rebuild(lonely_kafka, site, "--partition", str(PARTITION))
    again = rebuild(lonely_kafka, site)

    assert [result.exit_code for result in (checked, rebuilt, again)] == [0] * 3
    assert f"partition {PARTITION}: would remember 3 incidents" in checked.output
    assert f"partition {PARTITION}: remembers 3 incidents from 3 reports; 3 of 3" in rebuilt.output
    assert "no decision, request or question was emitted" in rebuilt.output
    assert "Nothing is lost" in again.output
