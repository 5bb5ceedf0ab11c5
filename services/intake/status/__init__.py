"""What became of each report, for its publisher: ids, states and reasons, never a payload."""
