"""What `make` runs on the code itself: generators and checks, no part of the product."""
