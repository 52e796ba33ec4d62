"""A server whose objects have owners, and ids that cannot be guessed: only its own answers name them."""
