"""OpenAPI Overlays (1.0, 1.1): changes to a document, applied before it is read."""
