"""Bypass attempts of one check: which are sent, what confirms them, their controls, and the findings."""
