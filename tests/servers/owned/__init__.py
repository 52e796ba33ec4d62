"""A server whose objects have owners, and ids that nobody guesses: its own answers are the only place to find them."""
