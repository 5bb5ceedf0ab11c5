"""The pure fold and the rule language."""
