"""Send one report over HTTP; PEERLINE_URL and PEERLINE_TOKEN say where and as whom."""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

REPORT = {"record_id": "42", "kind": "incident", "patients": [{"age_years": 4, "harm": "death"}]}
url = os.environ.get("PEERLINE_URL", "http://127.0.0.1:8080") + "/v1/incidents"
headers = {
    "Authorization": f"Bearer {os.environ['PEERLINE_TOKEN']}",
    "Content-Type": "application/json",
}
# Anything but 202 means that nothing was taken, so the same report may be sent again.
try:
    with urlopen(Request(url, json.dumps(REPORT).encode(), headers), timeout=30) as answer:
        print(answer.status, json.load(answer)["event_id"])
except HTTPError as refusal:
    # The body says what was wrong and what to do; it quotes nothing of the report.
    sys.exit(f"{refusal.code} {refusal.read().decode()}")
