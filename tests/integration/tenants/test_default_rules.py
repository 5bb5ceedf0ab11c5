"""A new tenant gets the default rules on a real Kafka, once."""

import base64
import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner
from nacl.signing import VerifyKey

from services.cli import peerline
from services.tenants.refusals import RulesActiveError
from services.triage.domain.activation import signed_bytes
from shared.contracts import RuleSetActivated
from shared.contracts.topics import RULESET
from shared.contracts.words import RulesMode
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.site.site import Site


@pytest.fixture
def tenant(kafka: KafkaClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a name that no other test uses, on a site that knows this Kafka."""
    monkeypatch.setenv("PEERLINE_HOME", str(tmp_path))
    monkeypatch.delenv("PEERLINE_CONFIG", raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap)
    return f"t{uuid.uuid4().hex[:12]}"


def run(*arguments: str) -> str:
    """Run `peerline ARGUMENTS…` and return its output."""
    result = CliRunner().invoke(peerline, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def activations(kafka: KafkaClient, tenant: str) -> list[RuleSetActivated]:
    """Return the tenant's activations on the topic."""
    prefix = f"activation/{tenant}/".encode()
    return [
        RuleSetActivated.model_validate_json(record.value)
        for record in read_range(kafka, RULESET.name)
        if record.value and (record.key or b"").startswith(prefix)
    ]


def test_create_activates_the_default_rules_in_shadow(
    kafka: KafkaClient, tenant: str, tmp_path: Path
) -> None:
    """Signed by the site's own key; a repetition writes nothing more."""
    first = run("tenant", "create", tenant)
    second = run("tenant", "create", tenant)

    (activation,) = activations(kafka, tenant)
    assert activation.mode is RulesMode.SHADOW
    assert activation.live_from is None
    assert f"peerline-default is active for {tenant}, mode shadow" in first
    assert "has active rules already" in second
    key = Site(tmp_path / "config").rule_public_keys()[activation.key_name]
    assert VerifyKey(key).verify(signed_bytes(activation), base64.b64decode(activation.signature))


def test_activating_again_is_refused(kafka: KafkaClient, tenant: str) -> None:
    """Whoever asked for live must not believe that it is."""
    run("tenant", "create", tenant)

    with pytest.raises(RulesActiveError, match="peerline rules activate"):
        run("tenant", "activate", tenant, "--mode", "live")

    assert [each.mode for each in activations(kafka, tenant)] == [RulesMode.SHADOW]


def test_a_tenant_may_start_live(kafka: KafkaClient, tenant: str) -> None:
    """From the moment of its activation, never for what came before."""
    run("tenant", "create", tenant, "--mode", "live")

    (activation,) = activations(kafka, tenant)
    assert activation.mode is RulesMode.LIVE
    assert activation.live_from is not None
    assert activation.live_from >= activation.effective_from
