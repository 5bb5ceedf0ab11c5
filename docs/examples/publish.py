"""Send one report over HTTP; PEERLINE_URL and PEERLINE_TOKEN say where and as whom."""

import json
import os
from urllib.request import Request, urlopen

REPORT = {"record_id": "42", "kind": "incident", "patients": [{"age_years": 4, "harm": "death"}]}
url = os.environ.get("PEERLINE_URL", "http://127.0.0.1:8080") + "/v1/incidents"
headers = {
    "Authorization": f"Bearer {os.environ['PEERLINE_TOKEN']}",
    "Content-Type": "application/json",
}
# Anything but 202 raises HTTPError: nothing was taken, so the same report may be sent again.
with urlopen(Request(url, json.dumps(REPORT).encode(), headers), timeout=30) as answer:
    print(answer.status, json.load(answer)["event_id"])
