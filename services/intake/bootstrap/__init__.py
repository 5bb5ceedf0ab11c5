"""The composition root of intake: plain functions that build its three processes and run them."""
