"""The values that the HTML templates show."""
