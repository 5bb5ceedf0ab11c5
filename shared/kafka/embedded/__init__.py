"""A real Apache Kafka of our own for trying out and for tests: no Docker, no Java to install."""
