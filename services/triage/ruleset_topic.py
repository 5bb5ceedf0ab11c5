"""Reads and follows triage.ruleset.v1: verified activations and the sets they name.

Anybody may have written there, so a record counts only once its signature, key and hash are
checked; one that fails is ignored and counted. A set that a verified activation names and that does
not load ends the worker.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from services.triage.domain.activation import (
    ActiveRules,
    Rulebook,
    activation_key,
    set_key,
    signed_bytes,
)
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.clock import monotonic
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.canonical import digest
from shared.observability import Metrics, event_log

PATIENCE_SECONDS: Final = 600.0
POLL_MS: Final = 500
RETRY_SECONDS: Final = 1.0
LOOK_FOR_END_SECONDS: Final = 30.0
log = event_log("triage")


class RefusedRecordError(ValueError):
    """A record of the rule topic that does not count; the reason is a word."""


class RuleBook:
    """What the topic has said so far, record by record; `refused` counts what did not count."""

    def __init__(
        self, public_keys: Callable[[], Mapping[str, bytes]], metrics: Metrics | None = None
    ) -> None:
        """`public_keys` gives the raw Ed25519 keys of those who may approve, by name."""
        self._metrics = metrics or Metrics()
        self._public_keys = public_keys
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._wanted: set[str] = set()
        self.book = Rulebook()
        self.refused = 0

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take one record.

        Raises:
            RuleSetError: a verified activation names a set that does not load.
        """
        try:
            name = (key or b"").decode()
            if name.startswith("set/"):
                self._take_set(name, value or b"")
            else:
                self._take_activation(name, value or b"")
        except (RefusedRecordError, UnicodeDecodeError, ValidationError) as refusal:
            self.refused += 1
            self._metrics.count("triage_ruleset_refused_total", reason=_reason(refusal))
            log.alarm("ruleset_refused", reason=_reason(refusal))

    def _take_set(self, key: str, value: bytes) -> None:
        published = RuleSetPublished.model_validate_json(value, extra="ignore")
        try:
            found = digest(published.document)
        except (TypeError, ValueError):
            found = ""
        if found != published.hash or key != set_key(published.hash):
            raise RefusedRecordError("hash_differs")
        self._documents[published.hash] = published.document
        self._load(published.hash)

    def _take_activation(self, key: str, value: bytes) -> None:
        activation = RuleSetActivated.model_validate_json(value, extra="ignore")
        if key != activation_key(activation):
            raise RefusedRecordError("key_differs")
        verify(activation, self._public_keys())
        self._wanted.add(activation.hash)
        self._load(activation.hash)
        self.book = self.book.with_activation(activation)

    def _load(self, rule_set_hash: str) -> None:
        # Only once a verified activation names it: what strangers publish stops nobody.
        known = rule_set_hash in self.book.sets or rule_set_hash not in self._documents
        if not known and rule_set_hash in self._wanted:
            document = self._documents[rule_set_hash]
            self.book = self.book.with_set(rule_set_from_document(document))


def verify(activation: RuleSetActivated, public_keys: Mapping[str, bytes]) -> None:
    """Return when the activation is signed by a key of this site.

    Raises:
        RefusedRecordError: the key is unknown or the signature is not its.
    """
    key = public_keys.get(activation.key_name)
    if key is None:
        raise RefusedRecordError("key_unknown")
    try:
        signature = base64.b64decode(activation.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(activation))
    except (InvalidSignature, binascii.Error, ValueError):
        raise RefusedRecordError("signature_wrong") from None


def _reason(refusal: Exception) -> str:
    return str(refusal) if isinstance(refusal, RefusedRecordError) else "not_readable"


class RuleTopic:
    """Reads the topic to its end by position, then follows it in the background."""

    def __init__(
        self,
        client: Mapping[str, Any],
        topic: str,
        rules: RuleBook,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`client` are the keyword arguments of an aiokafka client."""
        self._patience_seconds = patience_seconds
        self._client = client
        self._place = TopicPartition(topic, 0)
        self._rules = rules
        self._at_end = monotonic()
        self._consumer: AIOKafkaConsumer | None = None

    def choose(self, tenant: str, received_at: datetime) -> ActiveRules | None:
        """Return the rules for a report, or None where it must wait.

        Raises:
            RuleSetMissingError: the activation's set is not on the topic.
        """
        if not self.is_current():
            return None
        return self._rules.book.choose(tenant, received_at)

    def is_current(self) -> bool:
        """Return whether the end was seen within the patience (ten minutes)."""
        return monotonic() - self._at_end < self._patience_seconds

    async def read_to_end(self) -> None:
        """Read everything that is there now; keeps trying, and pages once patience is over.

        Raises:
            RuleSetError: a validly signed set does not load.
        """
        # Beside the reading, not within: a client may hang without an error.
        paging = asyncio.ensure_future(self._page_when_late())
        try:
            is_read = await self._try_to_reach_end()
            while not is_read:
                await asyncio.sleep(RETRY_SECONDS)
                is_read = await self._try_to_reach_end()
        finally:
            paging.cancel()

    async def follow(self) -> None:
        """Take records as they come, until cancelled; between chunks the new rules are in force.

        Raises:
            RuleSetError: a validly signed set does not load.
        """
        while True:
            until = monotonic() + LOOK_FOR_END_SECONDS
            while monotonic() < until:
                await self._take_some()
            await self._try_to_reach_end()

    async def close(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def _page_when_late(self) -> None:
        await asyncio.sleep(self._patience_seconds)
        log.alarm("rule_topic_unreadable", topic=self._place.topic)

    async def _try_to_reach_end(self) -> bool:
        try:
            consumer = await self._connected()
            end = (await consumer.end_offsets([self._place]))[self._place]
            while await consumer.position(self._place) < end:
                await self._take_some()
        except KafkaError as problem:
            log.fault("rule_topic_retry", problem, topic=self._place.topic)
            return False
        self._at_end = monotonic()
        return True

    async def _take_some(self) -> None:
        consumer = await self._connected()
        fetched = await consumer.getmany(self._place, timeout_ms=POLL_MS)
        for record in fetched.get(self._place, ()):
            self._rules.take(record.key, record.value)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._client,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
            )
            consumer.assign([self._place])
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer
