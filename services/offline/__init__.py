"""Mapping and triage of files, without a broker: the same code as the services run."""
