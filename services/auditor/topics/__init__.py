"""Edges to Kafka: what an auditor may read, and the rules that were in force."""
