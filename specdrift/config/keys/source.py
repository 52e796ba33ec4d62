"""Keys of ``[undocumented]`` and ``[source]``."""

from specdrift.config.keys.config_key import Group, Key, Section
from specdrift.config.value_types import plain

UNDOCUMENTED = Group(
    name="undocumented",
    about="Traffic imports that may name undocumented endpoints",
    keys=(
        Key(
            name="feeds",
            value_type=plain.FILES,
            help="Access logs, HAR files, lists of routes, collections, other documents. Endpoints in them that the "
            "document lacks are probed.",
            option="--feed",
            section=Section.DOCUMENT,
        ),
    ),
)

SOURCE = Group(
    name="source",
    about="Source code of the service, and configuration of gateways",
    keys=(
        Key(
            name="crate",
            value_type=plain.PATHS,
            help="Folder of the Rust crate or Go module, whose undocumented routes are probed too, and "
            "configurations of gateways in front of it, outermost first.",
            option="--source",
            field="paths",
            section=Section.DOCUMENT,
        ),
        Key(
            name="entry",
            value_type=plain.TEXT,
            help="Function that returns the router, such as routes::app; default: the router that is served.",
            option="--entry",
            section=Section.DOCUMENT,
        ),
        Key(
            name="guards",
            value_type=plain.TEXTS,
            help="Layers, extractors and functions that reject requests without a client certificate.",
            option="--guard",
            section=Section.DOCUMENT,
        ),
        Key(
            name="assume",
            value_type=plain.TEXTS,
            help="Conditions in the source, such as config.debug, that are always true; with a leading ! always "
            "false. * matches any part without brackets.",
            option="--assume",
            section=Section.DOCUMENT,
        ),
    ),
)
