"""How the worker shows that it lives, and how it dies when it does not."""
