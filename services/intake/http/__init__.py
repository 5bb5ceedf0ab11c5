"""The HTTP edge: a report is answered only once Kafka has it."""
