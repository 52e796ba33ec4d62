"""For which requests functions are evaluated, and how evaluations serve for others that ask the same."""
