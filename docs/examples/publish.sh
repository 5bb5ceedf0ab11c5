#!/bin/sh
# Send one report over HTTP: PEERLINE_URL (http://127.0.0.1:8080) and PEERLINE_TOKEN say where and as whom.
set -eu
report=${1:-'{"record_id": "42", "kind": "incident", "patients": [{"age_years": 4, "harm": "death"}]}'}
# The token goes in over standard input: arguments of a command can be read by every user of the machine.
printf 'header = "Authorization: Bearer %s"\n' "$PEERLINE_TOKEN" |
    curl --silent --show-error --fail-with-body --config - --retry 3 --max-time 30 \
        --header "Content-Type: application/json" --data-binary "$report" \
        "${PEERLINE_URL:-http://127.0.0.1:8080}/v1/incidents"
