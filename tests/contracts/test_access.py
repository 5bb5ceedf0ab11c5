"""Who may do what: derived from the registry, told as lines, as Strimzi users and as decisions."""

import pytest
import yaml

from scripts.kafka_access import acl_lines, strimzi_users
from shared.contracts.access import (
    CLUSTER_NAME,
    Operation,
    Pattern,
    Resource,
    allows,
    concerns_us,
    line,
    logins,
    publisher_rules,
    rules,
    topics_of,
    user,
)
from shared.contracts.topics import TOPICS, Principal, source_name, source_topic

OWN = source_topic("northwick-datix").name


def may(login: str, operation: Operation, resource: Resource, name: str) -> bool:
    """Return whether the rules of a site with one publisher allow it."""
    return allows(rules(["northwick-datix"]), user(login), operation, resource, name)


def test_a_publisher_may_write_its_own_topic_and_nothing_else() -> None:
    """Not even read it back; the recipe of acls.txt is no rule of its own."""
    assert [line(rule) for rule in publisher_rules("northwick-datix")] == [
        f"User:publisher-northwick-datix | topic | literal | {OWN} | {operation}"
        for operation in ("Write", "Describe")
    ]
    assert not [rule for rule in rules() if "publisher" in rule.principal]
    assert source_name(OWN) == "northwick-datix"


def test_each_right_is_said_once() -> None:
    """Who reads and writes a topic describes it once."""
    assert len(set(rules())) == len(rules())


@pytest.mark.parametrize("operation", ["Create", "Delete", "Alter", "AlterConfigs"])
def test_only_the_operator_changes_what_there_is(operation: str) -> None:
    """Services hold no admin rights."""
    chosen = {rule.principal for rule in rules() if rule.operation == operation}

    assert chosen == {"User:operator"}


def test_the_operator_sees_all_and_reads_only_refusals() -> None:
    """It sets Kafka up; events are none of its business."""
    described = {
        name for name in (*TOPICS, OWN) if may("operator", Operation.DESCRIBE, Resource.TOPIC, name)
    }
    read = {
        name for name in (*TOPICS, OWN) if may("operator", Operation.READ, Resource.TOPIC, name)
    }

    assert described == {*TOPICS, OWN}
    assert read == {"incident.rejected.v1", "triage.rejected.v1", "audit.checkpoint.v1"}
    assert may("operator", Operation.ALTER, Resource.CLUSTER, CLUSTER_NAME)


def test_who_may_act_on_a_thing_may_see_it() -> None:
    """As Kafka's own authoriser decides: groups are read, never described by a rule."""
    assert may("triage", Operation.DESCRIBE, Resource.GROUP, "triage")
    assert not may("triage", Operation.DESCRIBE, Resource.GROUP, "intake-normalise")
    assert not may("triage", Operation.DELETE, Resource.GROUP, "triage")


def test_a_service_works_with_the_topics_that_it_reads_or_writes() -> None:
    """Those it checks at its start; it sees no others."""
    names = {topic.name for topic in topics_of(Principal.NOTIFIER)}

    assert names == {"outreach.requested.v1", "outreach.case.v1", "audit.checkpoint.v1"}


@pytest.mark.parametrize(
    ("resource", "pattern", "name", "touches"),
    [
        (Resource.TOPIC, Pattern.LITERAL, "triage.decision.v1", True),
        (Resource.TOPIC, Pattern.LITERAL, "*", True),
        (Resource.TOPIC, Pattern.PREFIXED, "tri", True),
        (Resource.TOPIC, Pattern.PREFIXED, "", True),
        (Resource.TOPIC, Pattern.LITERAL, "incident.source.anything.v1", True),
        (Resource.TOPIC, Pattern.PREFIXED, "incident.source.north", True),
        (Resource.TOPIC, Pattern.LITERAL, "invoices", False),
        (Resource.TOPIC, Pattern.LITERAL, "triage.decision.v10", False),
        (Resource.TOPIC, Pattern.PREFIXED, "triage.decision.v10", False),
        (Resource.GROUP, Pattern.LITERAL, "intake-mine", True),
        (Resource.GROUP, Pattern.LITERAL, "reports", False),
        (Resource.TRANSACTIONAL_ID, Pattern.PREFIXED, "t", True),
        (Resource.CLUSTER, Pattern.LITERAL, CLUSTER_NAME, False),
    ],
)
def test_a_strangers_rule_on_our_names_is_noticed(
    resource: Resource, pattern: Pattern, name: str, *, touches: bool
) -> None:
    """Patterns meet if a name can be under both; the cluster is not ours alone."""
    assert concerns_us(resource, pattern, name) is touches


def test_the_list_names_every_rule() -> None:
    """acls.txt is what the command prints, with the publisher's recipe at its end."""
    listed = [text for text in acl_lines().splitlines() if not text.startswith("#")]

    assert listed == [line(rule) for rule in rules()]
    assert acl_lines().splitlines()[-1] == f"# {line(publisher_rules('NAME')[1])}"


def test_a_strimzi_user_has_the_rights_of_its_login() -> None:
    """Rule by rule, in Strimzi's words."""
    users = {each["metadata"]["name"]: each for each in yaml.safe_load_all(strimzi_users())}
    told = {
        (f"User:{name}", *_strimzi(acl["resource"]), operation)
        for name, each in users.items()
        for acl in each["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }

    assert set(users) == set(logins(["NAME"]))
    assert told == {
        (rule.principal, rule.resource, rule.pattern, rule.name, rule.operation)
        for rule in rules(["NAME"])
    }


def _strimzi(resource: dict[str, str]) -> tuple[str, str, str]:
    pattern = {"literal": "literal", "prefix": "prefixed"}[resource.get("patternType", "literal")]
    return resource["type"], pattern, resource.get("name", CLUSTER_NAME)
