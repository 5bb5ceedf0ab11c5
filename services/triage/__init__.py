"""Decides who is likely a second victim, and says why."""
