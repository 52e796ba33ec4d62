"""Example values for parameters and bodies."""
