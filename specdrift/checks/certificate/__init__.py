"""Checks of the certificate itself: its absence, its defects, its owner and its role."""
