"""`peerline kafka`: which Kafka is used, its topics, and who may do what on it."""
