"""The parts of a certificate's names that an application may decide by."""

from enum import Flag, auto


class NamePart(Flag):
    """Parts of a subject or of an alternative name."""

    NONE = 0
    COMMON_NAME = auto()
    UNIT = auto()
    ORGANIZATION = auto()
    SUBJECT = COMMON_NAME | UNIT | ORGANIZATION
    HOST = auto()
    """The first label of a DNS name, or the local part of a mail address."""
    DOMAIN = auto()
    """The rest of it."""
    SCHEME = auto()
    AUTHORITY = auto()
    PATH = auto()
    """The segments of a URI's path, and their order, but for the last one."""
    LAST_SEGMENT = auto()
