"""The metadata of token issuers that the document or a token names."""
