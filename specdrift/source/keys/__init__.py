"""Keys of mappings."""
