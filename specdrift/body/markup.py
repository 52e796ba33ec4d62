"""What in a text of XML or HTML is syntax alone, and what only looks like a tag. Pure and linear."""

import re
from hashlib import sha256

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
INSTRUCTION = re.compile(r"<\?(?!xml)[\w:.-]{1,100}|\?>", re.IGNORECASE)
"""Around a processing instruction (XML 1.0 §2.6), which clients can read."""
COMMENT = re.compile(r"<!--|-->")
"""Around a comment, which clients can read."""
EMBEDDED = re.compile(
    r"(?<=>)(?<!/>)[^<>]{200,}(?=</style)|data:[\w./+-]{1,80};base64,[\w+/=]{200,}", re.IGNORECASE
)
"""Style sheets and files in a page: a long page is mostly these."""
SCRIPT = re.compile(r"<script\b[^<>]*>((?:[^<]|<(?!/?script))+)(?=</script)", re.IGNORECASE)
LONG = 4000
"""Characters of a page from which they are shortened."""


def without_syntax(text: str) -> str:
    """Return the text without declarations, with character data and instructions as text, and without what is embedded
    in it.
    """
    if "<" not in text:
        return text
    return INSTRUCTION.sub(" ", SYNTAX.sub(" ", OPENING.sub(" ", without_embedded(text))))


def without_embedded(text: str) -> str:
    """Return a long page with digests in place of its style sheets and files, so that what it says is read."""
    return EMBEDDED.sub(_digest, text) if len(text) > LONG else text


def excerpt_of(text: str) -> str:
    """Return a long page without its scripts, style sheets and files: what is kept of it has what it says."""
    if len(text) <= LONG:
        return text
    return EMBEDDED.sub("", SCRIPT.sub(lambda found: found[0].removesuffix(found[1]), text))


def _digest(embedded: re.Match[str]) -> str:
    return sha256(embedded[0].encode("utf-8", "surrogatepass")).hexdigest()
