"""Commands for saved results."""
