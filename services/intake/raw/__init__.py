"""What intake writes to Kafka about one report: the encrypted raw record, or why it was refused."""
