"""Posts a report as a publisher does, and tells what intake answered."""

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

_SECONDS: Final = 30.0
_EVENT: Final = re.compile(r"event ([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Answer:
    """Intake's answer; `document` is its JSON body."""

    status: int
    document: Mapping[str, Any]

    @property
    def event_id(self) -> str | None:
        """The event id of a single accepted report; FHIR's answer tells it in words."""
        found = self.document.get("event_id")
        if found:
            return str(found)
        issues = self.document.get("issue", ())
        told = [_EVENT.search(str(issue.get("diagnostics"))) for issue in issues]
        return next((match[1] for match in told if match), None)


def post(base_url: str, token: str, body: bytes, media_type: str) -> Answer:
    """POST one body to `/v1/incidents` and return the answer, whatever its status."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        connection.request(
            "POST",
            "/v1/incidents",
            body,
            {"Authorization": f"Bearer {token}", "Content-Type": media_type},
        )
        response = connection.getresponse()
        return Answer(response.status, _document(response.read()))
    finally:
        connection.close()


def _document(text: bytes) -> Mapping[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {"entries": found}
