"""The site's configuration folder: tenants, publishers' credentials, keys."""
