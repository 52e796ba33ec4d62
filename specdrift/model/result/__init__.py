"""Findings, drifts and results."""
