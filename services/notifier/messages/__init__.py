"""Reviewed message templates: one folder per language, one file per kind."""
