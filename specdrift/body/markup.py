"""What in a text of XML or HTML is syntax alone, and what only looks like a tag. Pure and linear."""

import re

OPENING = re.compile(r"<!\[CDATA\[|\]\]>")
"""Around character data that are no markup (XML 1.0 §2.7)."""
SYNTAX = re.compile(
    r"<\?xml(?:-stylesheet)?\s[^<>]*\?>"
    r"|<!DOCTYPE[^<>]*>"
    r"|(?<=\s)xmlns(?::[\w.-]{1,100})?\s{0,9}=\s{0,9}(?:\"[^\"<>]*\"|'[^'<>]*')"
    r"|(?<=\s)xsi:(?:schemaLocation|noNamespaceSchemaLocation)\s{0,9}=\s{0,9}(?:\"[^\"<>]*\"|'[^'<>]*')",
    re.IGNORECASE,
)
"""The XML declaration, the document type, and declarations of namespaces and schemas: of the format, of no resource."""


def without_syntax(text: str) -> str:
    """Return the text without declarations, and with character data as text."""
    if "<" not in text:
        return text
    return SYNTAX.sub(" ", OPENING.sub(" ", text))
