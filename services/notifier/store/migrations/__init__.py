"""The schema's history; `store.schema.migrate` runs it."""
