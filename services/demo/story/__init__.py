"""Seven reports and a directory, all invented, that show what Peerline does with each."""
