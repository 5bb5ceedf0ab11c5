"""`peerline rules`: write, check, read and activate rule sets."""
