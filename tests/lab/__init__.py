"""Programs of examples/ that the tests run."""
