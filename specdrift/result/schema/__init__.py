"""The published shape of a result: one declaration is the JSON Schema, the writer and the reader."""
