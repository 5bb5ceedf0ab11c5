"""Decisions about cases as functions of values."""
