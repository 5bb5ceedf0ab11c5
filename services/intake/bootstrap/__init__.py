"""The composition root of intake: plain functions that build its two processes and run them."""
