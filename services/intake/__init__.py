"""Intake: takes reports in, makes them durable, canonical and pseudonymous."""
