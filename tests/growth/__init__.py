"""Tests that the time of every parser grows linearly with its input."""
