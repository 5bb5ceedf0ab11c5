"""Write one report to the hospital's own topic; needs `pip install kafka-python`."""

import json
import os

from kafka import KafkaProducer

RECORD_ID = "42"
REPORT = {
    "record_id": RECORD_ID,
    "kind": "incident",
    "patients": [{"age_years": 4, "harm": "death"}],
}
producer = KafkaProducer(
    bootstrap_servers=os.environ.get("PEERLINE_KAFKA", "127.0.0.1:9092"),
    acks="all",
    enable_idempotence=True,
    # A broker with access control: SASL_SSL, whom to trust, the publisher's own user and password.
    security_protocol=os.environ.get("PEERLINE_KAFKA_PROTOCOL", "PLAINTEXT"),
    ssl_cafile=os.environ.get("PEERLINE_KAFKA_CA"),
    sasl_mechanism="SCRAM-SHA-512",
    sasl_plain_username=os.environ.get("PEERLINE_KAFKA_USER"),
    sasl_plain_password=os.environ.get("PEERLINE_KAFKA_PASSWORD"),
)
sent = producer.send(
    os.environ.get("PEERLINE_TOPIC", "incident.source.northwick-datix.v1"),
    key=RECORD_ID.encode(),  # revisions of a record stay in order
    value=json.dumps(REPORT).encode(),
    headers=[("content-type", b"application/json")],
)
print(sent.get(timeout=30).offset)  # now it is durable; not before
producer.close()
