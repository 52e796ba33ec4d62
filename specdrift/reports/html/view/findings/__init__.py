"""Causes, drifts and their evidence."""
