"""What the notifier keeps, in SQL."""
