"""Puts findings and document side by side: drifts with their place, words and fingerprint, and the exit status. Pure."""
