"""What is no evidence of a resource, wherever it stands: links, times, short numbers, names of services. Pure."""

from specdrift.body.denial import plain_name
from specdrift.body.placed import ABOUT_SERVICES, LEAF, NUMBER


def is_common(member: str, leaf: str) -> bool:
    """Return whether answers may share a text of a member without having one resource."""
    return bool(LEAF.fullmatch(leaf) or NUMBER.fullmatch(leaf)) or plain_name(member) in ABOUT_SERVICES
