"""Links for what a rule refers to. They are made from our own catalogue only, never from a document."""

from specdrift.reports.html.view.text_types import Link
from specdrift.rules.references import reference


def link(text: str) -> Link:
    """The reference, with the page where its publisher explains it, if we know it."""
    return Link(text=text, url=reference(text).url)
