"""The security requirement in force for each operation."""
