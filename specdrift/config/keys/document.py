"""Keys of ``[schemes]``, ``[loader]``, ``[contract]`` and ``[[operations]]``."""

from specdrift.config.keys.config_key import Group, Key, Section, Shape
from specdrift.config.keys.permission import HARMLESS_METHODS, Permission
from specdrift.config.keys.selectors import selectors
from specdrift.config.value_types import plain
from specdrift.config.value_types import secret_values as secrets
from specdrift.model.contract.configured_requirement import RequiredScheme
from specdrift.model.policy import UnsafeMethods

SCHEMES = Group(
    name="schemes",
    about="Credentials and meaning of one name in components.securitySchemes",
    shape=Shape.NAMED,
    keys=(
        Key(
            name="kind",
            value_type=plain.word("mutualTLS"),
            help="Type of the scheme, for OpenAPI 2.0 and 3.0, which cannot declare mutualTLS.",
        ),
        Key(name="value", value_type=secrets.SECRET, help='API key, or "user:password".'),
        Key(name="token", value_type=secrets.SECRET, help="Bearer token of all identities."),
        Key(
            name="token-command",
            permission=Permission.RUN,
            value_type=plain.COMMAND,
            help="Command that prints a bearer token.",
        ),
        Key(
            name="tokens",
            value_type=secrets.SECRET_MAP,
            help="Bearer token of each identity, by its name.",
        ),
        Key(
            name="bound-tokens",
            value_type=plain.FLAG,
            help="Each token is bound to its client's certificate, as the client is registered (RFC 8705 §3.4): it is "
            "tried with other certificates also if it does not name one.",
        ),
    ),
)

LOADER = Group(
    name="loader",
    about="Reading of the document",
    keys=(
        Key(
            name="overlays",
            value_type=plain.DOCUMENTS,
            help="OpenAPI Overlays (1.0, 1.1) that are applied to the document, in this order.",
            option="--overlay",
            section=Section.DOCUMENT,
        ),
        Key(
            name="ref-root",
            value_type=plain.FOLDER,
            help="Folder that references may read; default: the document's own.",
            option="--ref-root",
            section=Section.DOCUMENT,
        ),
        Key(
            name="allow-remote-refs",
            permission=Permission.FETCH,
            value_type=plain.TEXTS,
            help="Hosts from which referenced files may be fetched.",
        ),
        Key(
            name="mtls-extension",
            value_type=plain.TEXT,
            help="Extension such as x-mutualTLS that declares a scheme as mutualTLS when it is true.",
        ),
        Key(
            name="validate",
            value_type=plain.FLAG,
            help="Also validate the whole document against its schema.",
        ),
        Key(
            name="max-bytes",
            value_type=plain.integer(1),
            help="Maximum size of a file, in bytes.",
        ),
    ),
)

CONTRACT = Group(
    name="contract",
    about="Requirement that the document does not state; several as [[contract]], of which the last that matches wins",
    shape=Shape.LIST,
    single=True,
    keys=(
        Key(
            name="require",
            value_type=plain.choice(RequiredScheme),
            help="Security scheme that the selected operations require besides what the document declares.",
            required=True,
        ),
        *selectors(options=False),
        Key(
            name="roles",
            value_type=plain.ROLES,
            help="Roles of the client certificates that may call them; default: any.",
        ),
        Key(
            name="reason",
            value_type=plain.TEXT,
            help="Why they require it; shown in the report.",
        ),
    ),
)

PARAMETERS = Group(
    name="parameters",
    about="Values of parameters",
    keys=(
        Key(
            name="learn",
            value_type=plain.FLAG,
            help="Learn values of reading operations from the API's own answers, with valid certificates; default: "
            "true.",
        ),
    ),
)

OPERATIONS = Group(
    name="operations",
    about="Values and exceptions for some operations",
    shape=Shape.LIST,
    keys=(
        *selectors(options=False),
        Key(
            name="parameters",
            value_type=secrets.PARAMETERS,
            field="every_parameter",
            help="Parameter values, by name; `parameters.NAME` has those of one identity.",
        ),
        Key(name="body", value_type=plain.ANY, help="Request body."),
        Key(name="bodies", value_type=plain.ANY_MAP, help="Request body of each identity, by its name."),
        Key(
            name="allow-roles",
            value_type=plain.ROLES,
            help="Roles that may call them, if the document does not state it.",
        ),
        Key(
            name="unsafe-methods",
            permission=Permission.CHANGE,
            harmless=HARMLESS_METHODS,
            value_type=plain.choice(UnsafeMethods),
            help="Like the key at the top, for these operations.",
        ),
        Key(
            name="allow-destructive",
            permission=Permission.CHANGE,
            value_type=plain.FLAG,
            help="Like the key at the top, for these operations.",
        ),
        Key(name="enabled", value_type=plain.FLAG, help="Whether they are checked."),
        Key(
            name="reason",
            value_type=plain.TEXT,
            help="Why they are not checked; shown in the report.",
        ),
    ),
)
