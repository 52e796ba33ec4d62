"""Commands that check a server, its document or its source."""
