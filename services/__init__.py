"""The services, and those who compose them."""
