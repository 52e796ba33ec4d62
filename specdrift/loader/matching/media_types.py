"""The part of a media type that says what a body is. Pure."""


def is_json(content_type: str) -> bool:
    """Return whether a media type is JSON (RFC 6839 §3.1)."""
    name = essence(content_type)
    return name == "application/json" or name.endswith("+json")


def essence(media_type: str) -> str:
    """Return type and subtype in lower case, without parameters (RFC 9110 §8.3.1)."""
    return media_type.partition(";")[0].strip().lower()
