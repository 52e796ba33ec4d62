"""The other sections of the page."""
