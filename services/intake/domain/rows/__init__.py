"""Rows of a table or flat JSON, mapped by a pack: data, no code."""
