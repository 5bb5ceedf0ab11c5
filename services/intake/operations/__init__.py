"""What operators do to reports that are in already: list refusals, map again, erase."""
