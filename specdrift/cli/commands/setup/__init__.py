"""Commands that set up a configuration, editors and shells."""
