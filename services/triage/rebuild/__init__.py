"""Rebuilding lost memory: a silent fold over the reports that were decided."""
