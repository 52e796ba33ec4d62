"""From settings to a run: document, identities, target and selection."""
