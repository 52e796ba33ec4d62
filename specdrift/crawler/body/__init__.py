"""The shape of a response body, without its values."""
