"""Configurations as owners write them: each correct, and with one fault by which anonymous clients get an operation."""
