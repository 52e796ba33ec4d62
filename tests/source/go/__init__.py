"""The reader of Go services."""
