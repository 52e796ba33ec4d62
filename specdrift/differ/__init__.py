"""Holds findings against the document: drifts with place, words and fingerprint, and the exit status. Pure."""
