"""Mapping as pure functions: bytes and settings in, canonical reports or refusals out."""
