"""Runs the product on one host as one process tree: `peerline up`."""
