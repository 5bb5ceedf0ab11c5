"""Who may do what on a real Kafka with passwords and an authoriser: what is allowed, no more."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    KafkaTimeoutError,
    NoError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from services.kafka_cli.access import DIFFERENT
from services.kafka_cli.cli import group
from shared.clock import monotonic
from shared.contracts import access
from shared.contracts.access import Operation, Pattern, Resource, Rule
from shared.contracts.topics import TOPICS, Principal, source_topic
from shared.kafka.access import apply, await_applied, compare
from shared.kafka.admin import TopicDeniedError, check_topics
from shared.kafka.client import KafkaClient
from shared.kafka.reader import TopicNotReadableError, read_range
from shared.site.site import Site
from tests.builders.sasl_broker import ADMIN, SaslKafka
from tests.builders.secured import peerline_kafka, secured_kafka
from tests.builders.site import a_site, a_tenant_document, a_tenant_file

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
SOURCE = "northwick-datix"
PUBLISHER = access.publisher(SOURCE)
NEIGHBOUR = "southwick-datix"
RULES = access.rules([SOURCE, NEIGHBOUR])
LOGINS = access.logins([SOURCE])
OWN = source_topic(SOURCE).name
THEIRS = source_topic(NEIGHBOUR).name
ALL_TOPICS = (*TOPICS, OWN, THEIRS)
GROUPS = ("intake-normalise", "triage", "notifier", "ops-look", "somebody-else")
TRANSACTIONS = ("intake-import-0", "triage-3", "somebody-else")
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two hospitals, each with a topic of its own."""
    site = a_site(tmp_path_factory.mktemp("site"), "northwick", "southwick")
    for tenant, name in (("northwick", SOURCE), ("southwick", NEIGHBOUR)):
        a_tenant_file(site, a_tenant_document(tenant, sources={"datix": {"topic": name}}))
    return site


@pytest.fixture(scope="module")
def kafka(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslKafka]:
    """The broker of that site, set up as docs/operator.md says."""
    with secured_kafka(tmp_path_factory.mktemp("sasl"), site) as broker:
        with closing(broker.client(ADMIN).admin()) as admin:
            for name in GROUPS:
                make_group(admin, name)
        put_a_record_everywhere(broker.client(ADMIN))
        yield broker


def make_group(admin: KafkaAdminClient, name: str) -> None:
    """Let a group exist; a new broker takes a moment until it knows who coordinates."""
    start = {TopicPartition(OWN, 0): OffsetAndMetadata(0, "", -1)}
    until = monotonic() + PATIENCE_SECONDS
    answers: set[object] = set()
    while answers != {NoError}:
        assert monotonic() < until
        with suppress(CoordinatorNotAvailableError):
            answers = set(admin.alter_group_offsets(name, start).values())


def put_a_record_everywhere(client: KafkaClient) -> None:
    """Give every topic something to read: the end of an empty one is reached without a right."""
    with closing(client.producer()) as producer:
        for topic in ALL_TOPICS:
            producer.send(topic, key=b"nobody", value=b"{}")
        producer.flush()


def allowed(login: str, resource: Resource, name: str) -> set[str]:
    """Return what the registry allows a login on a resource, as the broker spells operations."""
    return {
        operation.name
        for operation in Operation
        if access.allows(RULES, access.user(login), operation, resource, name)
    }


def topics_as_seen(admin: KafkaAdminClient) -> dict[str, set[str]]:
    """Return what this login may do on each topic; what it may not see, it may not touch."""
    described = admin.describe_topics(list(ALL_TOPICS))
    denied = {each["name"] for each in described if each["error_code"]}
    assert denied == {
        each["name"]
        for each in described
        if each["error_code"] == TopicAuthorizationFailedError.errno
    }
    return {each["name"]: set(each["authorized_operations"] or ()) for each in described}


@pytest.mark.parametrize("login", LOGINS)
def test_on_topics_a_login_may_do_what_the_registry_says(kafka: SaslKafka, login: str) -> None:
    """Every (login, topic, operation), asked of the broker's own authoriser."""
    with closing(kafka.client(login).admin()) as admin:
        found = topics_as_seen(admin)

    assert found == {name: allowed(login, Resource.TOPIC, name) for name in ALL_TOPICS}


@pytest.mark.parametrize("login", LOGINS)
def test_on_groups_and_the_cluster_too(kafka: SaslKafka, login: str) -> None:
    """A group that may not be joined cannot even be looked at; the cluster is the operator's."""
    with closing(kafka.client(login).admin()) as admin:
        found = {name: group_as_seen(admin, name) for name in GROUPS}
        cluster = set(admin.describe_cluster()["authorized_operations"])

    assert found == {name: allowed(login, Resource.GROUP, name) for name in GROUPS}
    assert cluster == allowed(login, Resource.CLUSTER, access.CLUSTER_NAME)


def group_as_seen(admin: KafkaAdminClient, name: str) -> set[str]:
    """Return what this login may do with a group."""
    try:
        found = admin.describe_groups([name], include_authorized_operations=True)[name]
    except GroupAuthorizationFailedError:
        return set()
    return set(found["authorized_operations"])


@pytest.mark.parametrize("login", LOGINS)
def test_a_transaction_is_opened_under_ones_own_names_only(kafka: SaslKafka, login: str) -> None:
    """Another's transactional id would fence that worker off."""
    for name in TRANSACTIONS:
        may = allowed(login, Resource.TRANSACTIONAL_ID, name) >= {"WRITE"}

        assert opens_transaction(kafka.client(login), name) is may, name


def opens_transaction(client: KafkaClient, transactional_id: str) -> bool:
    producer = client.producer(transactional_id=transactional_id)
    try:
        producer.init_transactions()
    except TransactionalIdAuthorizationFailedError:
        return False
    finally:
        producer.close(timeout=0)
    return True


def writes(client: KafkaClient, topic: str) -> bool:
    """Return whether an idempotent producer gets a record onto a topic."""
    producer = client.producer(max_block_ms=10_000)
    try:
        producer.send(topic, key=b"nobody", value=b"{}").get(timeout=20)
    except TopicAuthorizationFailedError:
        return False
    finally:
        producer.close(timeout=5)
    return True


def reads(client: KafkaClient, topic: str) -> bool:
    """Return whether a consumer without a group reads a topic to its end."""
    try:
        list(read_range(client, topic))
    except (TopicNotReadableError, TopicAuthorizationFailedError):
        return False
    return True


@pytest.mark.parametrize(
    ("login", "written", "denied"),
    [
        (Principal.INTAKE_HTTP, "incident.raw.v1", "incident.reported.v1"),
        (Principal.INTAKE, "incident.reported.v1", "triage.decision.v1"),
        (Principal.TRIAGE, "triage.decision.v1", "incident.reported.v1"),
        (Principal.NOTIFIER, "outreach.case.v1", "outreach.requested.v1"),
        (Principal.RULES_ADMIN, "triage.ruleset.v1", "triage.decision.v1"),
        (Principal.NOTARY, "audit.checkpoint.v1", "triage.decision.v1"),
        (PUBLISHER, OWN, THEIRS),
        (PUBLISHER, OWN, "incident.raw.v1"),
    ],
)
def test_records_are_written_where_allowed(
    kafka: SaslKafka, login: str, written: str, denied: str
) -> None:
    """With a real idempotent producer, which needs no right but the topic's."""
    client = kafka.client(login)

    assert (writes(client, written), writes(client, denied)) == (True, False)


@pytest.mark.parametrize(
    ("login", "read", "denied"),
    [
        (Principal.INTAKE, OWN, "triage.decision.v1"),
        (Principal.NOTIFIER, "outreach.requested.v1", "incident.reported.v1"),
        (Principal.NOTIFIER, "outreach.case.v1", "triage.decision.v1"),
        (Principal.AUDITOR, "triage.decision.v1", "incident.raw.v1"),
        (Principal.OPERATOR, "incident.rejected.v1", "incident.reported.v1"),
        (Principal.INTAKE_HTTP, "audit.checkpoint.v1", "incident.raw.v1"),
        (Principal.RULES_ADMIN, "triage.ruleset.v1", OWN),
    ],
)
def test_records_are_read_where_allowed(
    kafka: SaslKafka, login: str, read: str, denied: str
) -> None:
    """Seeing a topic is not yet reading it: the operator describes all."""
    client = kafka.client(login)

    assert (reads(client, read), reads(client, denied)) == (True, False)


def test_a_publisher_cannot_read_back_what_it_wrote(kafka: SaslKafka) -> None:
    """Nor anything else."""
    assert not any(reads(kafka.client(PUBLISHER), topic) for topic in ALL_TOPICS)


@pytest.mark.parametrize("login", [name for name in LOGINS if name != Principal.OPERATOR])
def test_services_hold_no_admin_rights(kafka: SaslKafka, login: str) -> None:
    """They create no topic, and give themselves no right."""
    wished = Rule(
        access.user(login), Resource.TOPIC, Pattern.LITERAL, "incident.raw.v1", Operation.READ
    )
    with closing(kafka.client(login).admin()) as admin:
        with pytest.raises(TopicAuthorizationFailedError):
            admin.create_topics({"mine": {"num_partitions": 1, "replication_factor": 1}})
        with pytest.raises(TopicAuthorizationFailedError):
            admin.delete_topics(["incident.raw.v1"])

    with pytest.raises(RuntimeError, match="may not read or change rights"):
        apply(kafka.client(login), [wished])


def test_a_service_with_anothers_login_does_not_start(kafka: SaslKafka) -> None:
    """It says which topics it may not see, and who gives rights."""
    wanted = access.topics_of(Principal.TRIAGE)

    check_topics(kafka.client(Principal.TRIAGE), 6, wanted)
    with pytest.raises(TopicDeniedError, match=r"triage\.decision\.v1.*acls --check"):
        check_topics(kafka.client(Principal.NOTIFIER), 6, wanted)


def test_nobody_gets_in_with_another_password(kafka: SaslKafka, tmp_path: Path) -> None:
    """Nor without one: there is no listener that asks for none."""
    (tmp_path / Principal.TRIAGE).write_text("guessed")
    guessing = SaslKafka(kafka.bootstrap, kafka.ca_file, tmp_path).client(Principal.TRIAGE)

    with pytest.raises(KafkaTimeoutError):
        guessing.admin(bootstrap_timeout_ms=2_000)
    with pytest.raises(KafkaTimeoutError):
        KafkaClient(kafka.bootstrap, "nobody").admin(bootstrap_timeout_ms=2_000)


def test_a_rule_that_is_not_ours_is_seen_and_pruned(kafka: SaslKafka, site: Site) -> None:
    """A right that somebody gave by hand, on all topics or on one of ours."""
    operator = kafka.client(Principal.OPERATOR)
    by_hand = (
        Rule("User:curious", Resource.TOPIC, Pattern.LITERAL, "*", Operation.READ),
        Rule("User:curious", Resource.TOPIC, Pattern.PREFIXED, "triage.", Operation.READ),
        Rule("User:billing", Resource.TOPIC, Pattern.LITERAL, "invoices", Operation.READ),
    )
    apply(operator, by_hand)
    await_applied(operator, by_hand)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "PEERLINE_CONFIG": str(site.root),
        **kafka.settings("OPERATOR", Principal.OPERATOR),
    }

    checked = CliRunner(env=environment).invoke(group, ["acls", "--check"])

    assert checked.exit_code == DIFFERENT
    assert checked.output.count("User:curious") == 2
    assert "billing" not in checked.output
    pruned = peerline_kafka(kafka, site, Principal.OPERATOR, "acls", "--apply", "--prune")
    assert "2 other rules on Peerline's names deleted" in pruned
    assert by_hand[2] not in compare(operator, by_hand).missing


def test_the_operator_keeps_topics_rights_and_passwords(kafka: SaslKafka, site: Site) -> None:
    """What was set up once as a super user is kept up without one."""
    operator = Principal.OPERATOR
    folder = str(kafka.passwords)
    before = (kafka.passwords / PUBLISHER).read_text()

    assert "nothing else" in peerline_kafka(kafka, site, operator, "acls", "--check")
    assert "0 rules created" in peerline_kafka(kafka, site, operator, "acls", "--apply")
    assert "0 topics created" in peerline_kafka(kafka, site, operator, "topics", "--create")
    listed = peerline_kafka(kafka, site, operator, "logins", "--folder", folder, "--new", PUBLISHER)

    assert "1 passwords made" in listed
    assert (kafka.passwords / PUBLISHER).read_text() != before
    assert (kafka.passwords / PUBLISHER).stat().st_mode & 0o777 == 0o600
    assert before.strip() not in listed
