"""Real FHIR payloads that none of us wrote, through the running product."""

import re
from pathlib import Path

import pytest

from services.demo.posting import post
from services.demo.stage import Stage
from services.demo.watching import Witness, wait_for

EVENT = re.compile(r"event ([0-9a-f-]{36})")


def _samples(samples: Path) -> list[Path]:
    return sorted(path for folder in samples.glob("fhir-r4*") for path in folder.glob("*.json"))


def test_every_r4_sample_is_accepted_and_can_be_explained(stage: Stage, samples: Path) -> None:
    """Each file gets 202 (a Bundle: an answer per entry) and an auditor finds what became of it."""
    witness = Witness(stage.kafka)
    files = _samples(samples)
    for path in files:
        answer = post(stage.intake_url, stage.token, path.read_bytes(), "application/fhir+json")
        assert answer.status == 202, path.name
        events = EVENT.findall(str(answer.document))
        assert events, path.name
        for event in events:
            assert wait_for(lambda event=event: witness.decision(event), 60), path.name  # type: ignore[misc]
            explained = stage.peerline("audit", "explain", event)
            assert explained.returncode == 0, explained.stderr
            assert "nothing offered" in explained.stdout

    assert len(files) >= 6


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "undecodable"),
        (b'{"kind": "incident", "categories": ["fall"]}', "application/json", 422, "no_record_id"),
        (b"<report/>", "application/xml", 415, "unknown_format"),
        (b"[" * 100_000, "application/json", 413, "limit"),
        (
            b'{"record_id": "x", "narrative": "' + b"x" * 2_000_000 + b'"}',
            "application/json",
            413,
            "limit",
        ),
    ],
)
def test_a_bad_body_is_answered_with_its_reason(
    stage: Stage, body: bytes, media_type: str, status: int, code: str
) -> None:
    """What cannot be taken is refused by name, and never quoted."""
    answer = post(stage.intake_url, stage.token, body, media_type)

    assert answer.status == status
    assert answer.document["code"] == code
    assert "xxxx" not in str(answer.document)


def test_without_a_valid_token_nothing_is_taken(stage: Stage) -> None:
    """No token and a wrong one are both 401."""
    for token in ("", "plt_nobody_secret"):
        answer = post(stage.intake_url, token, b'{"record_id": "1"}', "application/json")
        assert answer.status == 401
