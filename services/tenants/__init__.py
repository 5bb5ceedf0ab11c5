"""Creates tenants and proves the site's configuration: `peerline tenant`, `peerline config`."""
