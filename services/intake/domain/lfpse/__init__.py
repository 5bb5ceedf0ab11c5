"""LFPSE, the national reporting service of England: AdverseEvents in our words."""
