"""The rule sets that ship with Peerline, and the lock that keeps released ones as they were."""
