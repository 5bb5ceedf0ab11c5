"""What triage knows and has said, per input partition, in one transaction per chunk."""
