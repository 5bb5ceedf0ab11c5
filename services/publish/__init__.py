"""A publisher's own command: files of reports over HTTP to an intake, from any machine."""
