"""The tables that mapping reads, as data."""
