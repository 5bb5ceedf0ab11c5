"""Kafka as every service uses it: records, outcomes, clients, topics, loops, a broker to try."""
