"""Path templates without the names of their expressions."""

import re

EXPRESSION = re.compile(r"\{[^{}/]*\}")


def shape(path: str) -> str:
    """``/items/{id}`` is ``/items/{}``."""
    return EXPRESSION.sub("{}", path)
