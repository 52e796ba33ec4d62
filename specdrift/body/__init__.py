"""Response bodies: their content, their shape, and the values that they hold. Pure."""
