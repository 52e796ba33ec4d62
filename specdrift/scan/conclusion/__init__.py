"""From exchanges to the result."""
