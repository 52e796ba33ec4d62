"""Tests of the search for secrets in texts."""
