"""Publish and activate a rule set: the set under its hash, then its signed activation.

ActivationRefusedError
├── NoBrokerError           there is no Kafka to write to
├── TooSoonError            workers would not all have it in time
├── AlreadyActivatedError   a second activation would replace the first at the same moment
└── SigningKeyError         the site's key is not an Ed25519 seed
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.triage.domain.activation import (
    EVERY_TENANT,
    activation_key,
    set_key,
    signed_bytes,
)
from services.triage.domain.ruleset import RuleSet
from services.triage.rule_files import load_shipped
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.ruleset import UnitActivation
from shared.contracts.topics import RULESET, Principal
from shared.contracts.values import write_moment
from shared.contracts.words import Family, RulesMode
from shared.identity import derive_id
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import outgoing
from shared.kafka.embedded.server import resolve_bootstrap
from shared.kafka.reader import read_range
from shared.kafka.records import Outgoing
from shared.site.provision import RULE_KEY_NAME
from shared.site.site import Site

AHEAD: Final = timedelta(minutes=15)
# The first activation of an installation holds from here on: no report can be older, none waits.
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
INSTALLATION: Final = "installation"
SOURCE: Final = "urn:peerline:rules-admin"
_PARTITION: Final = 0
_PREFIX: Final = "activation/"


class ActivationRefusedError(ValueError):
    """The activation was not written; nothing changed."""


class NoBrokerError(ActivationRefusedError):
    """No broker is named and none of ours runs here."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "there is no Kafka to write to: KAFKA_BOOTSTRAP_SERVERS is not set and no embedded "
            "broker runs here. Set it, or start one with 'peerline kafka start'"
        )


class TooSoonError(ActivationRefusedError):
    """Less than 15 minutes ahead of now."""

    def __init__(self, earliest: datetime) -> None:
        """Name the earliest moment that is allowed."""
        super().__init__(
            "the activation would take effect less than 15 minutes from now: not every worker "
            "would have it in time, and a replay could choose another set. "
            f"Choose {write_moment(earliest)} or later (--effective-from)"
        )


class AlreadyActivatedError(ActivationRefusedError):
    """The tenant has an activation of the very same moment."""

    def __init__(self, tenant: str, moment: datetime) -> None:
        """Name the tenant and the moment."""
        super().__init__(
            f"tenant {tenant} already has an activation at {write_moment(moment)}: a second one "
            "would replace it and change decided reports on replay. Choose another moment"
        )


class SigningKeyError(ActivationRefusedError):
    """The key file does not hold 32 bytes."""

    def __init__(self, name: str) -> None:
        """Name the key."""
        super().__init__(
            f"the key {name} is not an Ed25519 seed of 32 bytes: workers would refuse the "
            "signature. Make a new pair with 'peerline tenant create'"
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be activated for whom, as approved. `effective_from` None: as early as allowed."""

    tenant: str
    mode: RulesMode
    approved_by: str
    effective_from: datetime | None = None
    live_from: datetime | None = None
    units: tuple[UnitActivation, ...] = ()
    families_off: tuple[Family, ...] = ()
    key_name: str = RULE_KEY_NAME
    what_if_digest: str | None = None
    without_what_if: str | None = None


def connect(servers: str | None, home: Path, security: Mapping[str, Any]) -> KafkaClient:
    """Return the client of the rules admin: `servers`, else the embedded broker under `home`.

    Raises:
        NoBrokerError: neither is there.
    """
    bootstrap = resolve_bootstrap(servers, home)
    if bootstrap is None:
        raise NoBrokerError
    return KafkaClient(bootstrap, Principal.RULES_ADMIN.value, **security)


def sentence(rule_set: RuleSet, activation: RuleSetActivated) -> str:
    """Say in one line what is in force from when."""
    who = "every tenant" if activation.tenant == EVERY_TENANT else f"tenant {activation.tenant}"
    first = activation.effective_from == BEGINNING
    since = "from the beginning" if first else f"from {write_moment(activation.effective_from)}"
    return (
        f"{rule_set.name} version {rule_set.version} decides for {who} {since}, {activation.mode}"
    )


def activate(
    client: KafkaClient, site: Site, rule_set: RuleSet, order: Order, now: datetime
) -> RuleSetActivated:
    """Write the set and its signed activation; return what was written.

    The first activation for a tenant may take effect at once; the first of an installation holds
    for every report. Any later one must be 15 minutes ahead of `now`.

    Raises:
        ActivationRefusedError: too soon, or the moment is taken.
        KeyMissingError: the site has no secret of that name.
    """
    taken = frozenset(activation_keys(client))
    effective_from = _effective_from(order, taken, now)
    secret = site.rule_secret(order.key_name)
    activation = _signed(_unsigned(rule_set, order, effective_from), secret)
    if activation_key(activation) in taken:
        raise AlreadyActivatedError(order.tenant, effective_from)
    _write(client, _records(rule_set, activation, now))
    return activation


def activate_shipped(client: KafkaClient, site: Site, order: Order, now: datetime) -> str | None:
    """Activate `peerline-default` and say so; None where the tenant has an activation already."""
    if any(key.startswith(_keys_of(order.tenant)) for key in activation_keys(client)):
        return None
    rule_set = load_shipped()
    return sentence(rule_set, activate(client, site, rule_set, order, now))


def activation_keys(client: KafkaClient) -> Iterator[str]:
    """Yield the keys of all activations on the topic, signed or not."""
    for record in read_range(client, RULESET.name):
        key = (record.key or b"").decode("utf-8", "replace")
        if key.startswith(_PREFIX) and record.value is not None:
            yield key


def _effective_from(order: Order, taken: frozenset[str], now: datetime) -> datetime:
    own = any(key.startswith(_keys_of(order.tenant)) for key in taken)
    general = any(key.startswith(_keys_of(EVERY_TENANT)) for key in taken)
    if not own:
        return order.effective_from or (now if general else BEGINNING)
    chosen = order.effective_from or now + AHEAD
    if chosen < now + AHEAD:
        raise TooSoonError(now + AHEAD)
    return chosen


def _keys_of(tenant: str) -> str:
    return f"{_PREFIX}{tenant}/"


def _unsigned(rule_set: RuleSet, order: Order, effective_from: datetime) -> RuleSetActivated:
    return RuleSetActivated(
        tenant=order.tenant,
        effective_from=effective_from,
        hash=rule_set.hash,
        mode=order.mode,
        live_from=order.live_from,
        units=order.units,
        approved_by=order.approved_by,
        families_off=order.families_off,
        what_if_digest=order.what_if_digest,
        without_what_if=order.without_what_if,
        key_name=order.key_name,
        signature="unsigned",
    )


def _signed(activation: RuleSetActivated, secret: bytes) -> RuleSetActivated:
    try:
        key = Ed25519PrivateKey.from_private_bytes(secret)
    except ValueError:
        raise SigningKeyError(activation.key_name) from None
    signature = base64.b64encode(key.sign(signed_bytes(activation))).decode()
    return activation.model_copy(update={"signature": signature})


def _records(rule_set: RuleSet, activation: RuleSetActivated, now: datetime) -> Iterator[Outgoing]:
    """Yield the set before its activation, so that no reader meets a set it cannot find."""
    published = RuleSetPublished(hash=rule_set.hash, document=dict(rule_set.document))
    events = ((set_key(rule_set.hash), published), (activation_key(activation), activation))
    for key, event in events:
        yield outgoing(
            event,
            key=key,
            event_id=derive_id("ruleset", key, write_moment(now)),
            source=SOURCE,
            subject=key,
            time=now,
            partition=_PARTITION,
        )


def _write(client: KafkaClient, records: Iterator[Outgoing]) -> None:
    producer = client.producer()
    try:
        for record in records:
            producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition,
            ).get(timeout=30)
    finally:
        producer.close()
