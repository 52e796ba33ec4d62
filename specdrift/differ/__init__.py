"""Drifts, baselines, comparisons and the exit status. Pure."""
