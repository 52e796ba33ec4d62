"""The certificates of clients that are known, and what each of them gets."""
