"""The Faust agent: what happens to a chunk between Kafka and Kafka."""
