"""The notifier: from a request to a colleague who reaches out."""
