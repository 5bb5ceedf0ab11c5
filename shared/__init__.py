"""What every service may use; knows no service."""
