"""Explains and replays decisions; it can send nothing."""
