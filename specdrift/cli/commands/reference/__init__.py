"""Commands that explain the rules."""
