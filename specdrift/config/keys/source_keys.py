"""The keys of what is known beside the document: ``[undocumented]`` and ``[source]``."""

from specdrift.config.keys import kinds
from specdrift.config.keys.table import Group, Key

UNDOCUMENTED = Group(
    name="undocumented",
    about="Where else to look for what the document does not have",
    keys=(
        Key(
            name="feeds",
            kind=kinds.FILES,
            help="Access logs, HAR files, lists of routes, OpenAPI documents of other versions: what they speak of "
            "and the document does not have is asked.",
            option="--feed",
        ),
    ),
)

SOURCE = Group(
    name="source",
    about="The source of the service, where it can be read",
    keys=(
        Key(
            name="crate",
            kind=kinds.FOLDER,
            help="The folder of the Rust crate or workspace; routes of it that the document lacks are asked too.",
            option="--source",
        ),
        Key(
            name="entry",
            kind=kinds.TEXT,
            help="The function whose router is meant, such as routes::app; by default what is served.",
            option="--entry",
        ),
        Key(
            name="guards",
            kind=kinds.TEXTS,
            help="Layers, extractors and functions that refuse callers without a certificate.",
            option="--guard",
        ),
        Key(
            name="assume",
            kind=kinds.TEXTS,
            help="Conditions as the source writes them, such as config.debug, that are always so; with ! before "
            "them never so, with * for any part without brackets.",
            option="--assume",
        ),
    ),
)
