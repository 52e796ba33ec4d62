"""Keys of ``[server]``."""

from specdrift.config.keys.config_key import Group, Key, Section
from specdrift.config.keys.permission import Permission
from specdrift.config.value_types import answer_parts, hosts, plain

SERVER = Group(
    name="server",
    about="The listener",
    keys=(
        Key(
            name="ca-file",
            permission=Permission.DIRECT,
            value_type=plain.TRUST_STORE,
            help="CA certificates that verify the server's certificate.",
            option="--cacert",
            section=Section.TARGET,
        ),
        Key(
            name="server-name",
            permission=Permission.DIRECT,
            value_type=hosts.HOST,
            help="Name for SNI and for the verification of the server's certificate; default: the URL's host.",
        ),
        Key(name="tls-min", value_type=plain.word("1.2", "1.3"), help="Lowest TLS version to offer."),
        Key(name="tls-max", value_type=plain.word("1.2", "1.3"), help="Highest TLS version to offer."),
        Key(
            name="x509-strict",
            value_type=plain.FLAG,
            help="Verify the server's certificate strictly by RFC 5280.",
        ),
        Key(
            name="insecure",
            permission=Permission.NOT_VERIFY,
            value_type=plain.FLAG,
            help="Do not verify the server's certificate. The report records it.",
            option="--insecure",
            section=Section.TARGET,
        ),
        Key(
            name="variables",
            permission=Permission.DIRECT,
            value_type=plain.TEXT_MAP,
            help="Values of the document's server variables.",
        ),
        Key(
            name="listeners",
            permission=Permission.DIRECT,
            value_type=hosts.URLS,
            help="Other listeners of the same API that must enforce client certificates too.",
        ),
        Key(
            name="names",
            value_type=hosts.HOSTS,
            help="Other names of this listener; sent as SNI and Host to the target's own address.",
        ),
        Key(
            name="http3",
            permission=Permission.DIRECT,
            value_type=hosts.HTTP3,
            help='Listener for HTTP/3 over UDP that must enforce client certificates too: "announced" by Alt-Svc, '
            '"always" at the port of the base URL, "never", or host and port. Needs the extra http3.',
        ),
        Key(
            name="metadata-fields",
            value_type=answer_parts.FIELDS,
            help="Header fields of answers that hold no data, such as x-envoy-decorator-operation, which a gateway "
            "sets for each route. They are not read: they leave no operation undecided, and nothing that leaks there "
            "is found.",
        ),
        Key(
            name="metadata-members",
            value_type=answer_parts.MEMBERS,
            help="JSON members of answers that hold no data, as paths such as meta.route; * stands for each element "
            "of a list. They are not read either.",
        ),
    ),
)
