"""One data key per raw record: encryption, and the SQL table that holds the wrapped keys."""
