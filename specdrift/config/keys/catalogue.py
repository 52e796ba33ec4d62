"""Every configuration key, once: name, kind, option and help.

Validation, "did you mean", the options of the command line, ``SPECDRIFT_*`` variables, the JSON Schema and
``config show`` all read this table.
"""

from specdrift.config.keys import hosts, kinds, quantities
from specdrift.config.keys import secret_values as secrets
from specdrift.config.keys.output_keys import REDACT, REPORTS
from specdrift.config.keys.selectors import selectors
from specdrift.config.keys.source_keys import SOURCE, UNDOCUMENTED
from specdrift.config.keys.table import Group, Key, Shape
from specdrift.model.policy import Expect, FailOn, ProfilePolicy, UnsafeMethods
from specdrift.settings import CertificateFormat

TOP = Group(
    name="",
    about="What is checked, and what counts as a failure",
    keys=(
        Key(
            name="spec", kind=kinds.DOCUMENT, help="The OpenAPI document: a file, an http(s) URL or REV:PATH."
        ),
        Key(
            name="base-url",
            kind=hosts.URL,
            help="Where the API runs; without it the document's servers.",
            option="--base-url",
        ),
        Key(
            name="fail-on",
            field="gate.fail_on",
            kind=kinds.choice(FailOn),
            help="The least severity that makes the exit status 1.",
            option="--fail-on",
        ),
        Key(
            name="allow-incomplete",
            field="gate.allow_incomplete",
            kind=kinds.FLAG,
            help="Exit 0, not 3, when something declared could not be judged.",
            option="--allow-incomplete",
        ),
        Key(
            name="exit-zero",
            field="gate.exit_zero",
            kind=kinds.FLAG,
            help="Exit 0 in spite of drift or anything undecided.",
            option="--exit-zero",
        ),
        Key(
            name="unsafe-methods",
            field="selection.unsafe_methods",
            kind=kinds.choice(UnsafeMethods),
            help="What to do with methods other than GET, HEAD and OPTIONS.",
            option="--unsafe-methods",
        ),
        Key(
            name="include-logout",
            field="selection.include_logout",
            kind=kinds.FLAG,
            help="Also call operations that look as if they end a session.",
            option="--include-logout",
        ),
        Key(
            name="checks",
            field="checks.only",
            kind=kinds.NAMES,
            help="Run only these checks.",
            option="--checks",
        ),
        Key(
            name="skip-checks",
            field="checks.skip",
            kind=kinds.NAMES,
            help="Run all but these checks.",
            option="--skip-checks",
        ),
        Key(
            name="exhaustive",
            field="checks.exhaustive",
            kind=kinds.FLAG,
            help="Ask every operation by every caller: no decision of the listener, no sample, no cap.",
            option="--exhaustive",
        ),
        *selectors(options=True, group="selection."),
        Key(
            name="baseline",
            field="prior.baseline",
            kind=kinds.NEW_FILE,
            help="Drifts that are accepted, each for a reason and until a day.",
            option="--baseline",
        ),
        Key(
            name="update-baseline",
            field="prior.update_baseline",
            kind=kinds.FLAG,
            help="Write what is open now into the baseline, and take out what is fixed.",
            option="--update-baseline",
        ),
        Key(
            name="previous",
            field="prior.previous",
            kind=kinds.FILE,
            help="An earlier result: say what is new, fixed, unchanged and newly undecided.",
            option="--previous",
        ),
        Key(
            name="changed-since",
            field="selection.changed_since",
            kind=kinds.DOCUMENT,
            help="Ask only what this older document describes otherwise, what it has beyond, and the listener.",
            option="--changed-since",
        ),
        Key(
            name="record",
            field="recording.record",
            kind=kinds.NEW_FILE,
            help="Keep every observation, to be judged again without network.",
            option="--record",
        ),
        Key(
            name="shard",
            field="selection.shard",
            kind=quantities.SHARD,
            help="Ask one part of the operations, the same on every machine; `specdrift merge` joins the results.",
            option="--shard",
        ),
        Key(
            name="resume",
            field="recording.resume",
            kind=kinds.NEW_FILE,
            help="Keep here what is known while the run goes on; go on from it after a run that was killed.",
            option="--resume",
        ),
    ),
)

SERVER = Group(
    name="server",
    about="The listener",
    keys=(
        Key(
            name="ca-file",
            kind=kinds.TRUST_STORE,
            help="CA certificates that the server's certificate is verified with.",
            option="--cacert",
        ),
        Key(
            name="server-name",
            kind=hosts.HOST,
            help="SNI, and the name that the server's certificate must carry.",
        ),
        Key(name="tls-min", kind=kinds.word("1.2", "1.3"), help="The lowest TLS version offered."),
        Key(name="tls-max", kind=kinds.word("1.2", "1.3"), help="The highest TLS version offered."),
        Key(
            name="x509-strict",
            kind=kinds.FLAG,
            help="Verify the server's certificate by RFC 5280 to the letter.",
        ),
        Key(
            name="insecure",
            kind=kinds.FLAG,
            help="Do not verify the server's certificate. Kept in the report.",
            option="--insecure",
        ),
        Key(name="variables", kind=kinds.TEXT_MAP, help="Values of the document's server variables."),
        Key(name="listeners", kind=hosts.URLS, help="Further doors to the same API that must not be open."),
        Key(
            name="names",
            kind=hosts.HOSTS,
            help="Further names of this listener: used as SNI and Host, at the target's own address.",
        ),
    ),
)

IDENTITIES = Group(
    name="identities",
    about="Client certificates. --cert and its companions describe the one named default",
    shape=Shape.LIST,
    keys=(
        Key(name="name", kind=kinds.TEXT, help="What reports call it.", required=True),
        Key(
            name="cert-file",
            kind=kinds.FILE,
            help="The client certificate, then its chain; or a PKCS#12 archive.",
            option="--cert",
            required=True,
        ),
        Key(
            name="key-file",
            kind=kinds.FILE,
            help="Its private key: PEM, encrypted PEM, or a PKCS#11 URI PEM.",
            option="--key",
        ),
        Key(
            name="cert-type",
            kind=kinds.choice(CertificateFormat),
            help="pem, or p12 (also taken from the ending .p12 or .pfx).",
            option="--cert-type",
            field="format",
        ),
        Key(
            name="key-pass-file",
            kind=kinds.FILE,
            help="A file with the passphrase of the key or archive.",
            option="--key-pass-file",
        ),
        Key(
            name="key-pass",
            kind=secrets.SECRET,
            help="The passphrase; asked for on a terminal when it is needed and not given.",
            variable="key-pass",
        ),
        Key(name="roles", kind=kinds.ROLES, help="Roles that the API gives this certificate."),
        Key(name="expect", kind=kinds.choice(Expect), help="Whether a correct server lets it in."),
        Key(name="names", kind=hosts.HOSTS, help="Other names of the listener at which it is accepted."),
        Key(
            name="session-file",
            kind=kinds.NEW_FILE,
            help="A TLS session of `openssl s_client -sess_out`, from before it had to be refused (`expect`).",
        ),
    ),
)

CLIENT_CA = Group(
    name="client-ca",
    about="The CA whose certificates the server accepts",
    keys=(
        Key(name="cert-file", kind=kinds.FILE, help="Its certificate: for look-alike issuers."),
        Key(
            name="key-file",
            kind=kinds.FILE,
            help="A test CA's key: for truly signed certificates with one fault.",
        ),
        Key(name="key-pass-file", kind=kinds.FILE, help="A file with the passphrase of that key."),
        Key(name="crl-file", kind=kinds.FILE, help="The CRL that the server is said to honour."),
    ),
)

BATTERY = Group(
    name="battery",
    about="What is expected of a certificate profile, where the default does not fit",
    shape=Shape.FREE,
    values=kinds.choice(ProfilePolicy),
)

SCHEMES = Group(
    name="schemes",
    about="Credentials and meaning of one name in components.securitySchemes",
    shape=Shape.NAMED,
    keys=(
        Key(
            name="kind",
            kind=kinds.word("mutualTLS"),
            help="What the scheme is, where OpenAPI 2.0/3.0 cannot say it.",
        ),
        Key(name="value", kind=secrets.SECRET, help='An API key, or "user:password".'),
        Key(name="token", kind=secrets.SECRET, help="A bearer token for every identity."),
        Key(name="token-command", kind=kinds.COMMAND, help="A command that prints a bearer token."),
        Key(name="tokens", kind=secrets.SECRET_MAP, help="A bearer token for each identity, by its name."),
    ),
)

LOADER = Group(
    name="loader",
    about="How the document is read",
    keys=(
        Key(
            name="ref-root",
            kind=kinds.FOLDER,
            help="The folder that references may reach; by default the document's own.",
            option="--ref-root",
        ),
        Key(
            name="allow-remote-refs",
            kind=kinds.TEXTS,
            help="Hosts from which referenced files may be fetched.",
        ),
        Key(
            name="mtls-extension",
            kind=kinds.TEXT,
            help="A member such as x-mutualTLS that, true inside a scheme, means mutualTLS.",
        ),
        Key(name="validate", kind=kinds.FLAG, help="Also validate the whole document against its schema."),
        Key(name="max-bytes", kind=kinds.integer(1), help="The largest file that is read, in bytes."),
    ),
)

OPERATIONS = Group(
    name="operations",
    about="What is special about some operations",
    shape=Shape.LIST,
    keys=(
        *selectors(options=False),
        Key(name="parameters", kind=secrets.PARAMETERS, help="Parameter values, by name."),
        Key(name="body", kind=kinds.ANY, help="The request body."),
        Key(
            name="allow-roles",
            kind=kinds.ROLES,
            help="Roles that may call them, when the document cannot say it.",
        ),
        Key(
            name="unsafe-methods",
            kind=kinds.choice(UnsafeMethods),
            help="As at the top, for these operations.",
        ),
        Key(name="enabled", kind=kinds.FLAG, help="Whether they are checked at all."),
        Key(name="reason", kind=kinds.TEXT, help="Why not; the report says it."),
    ),
)

NETWORK = Group(
    name="network",
    about="How hard, how long and to whom requests are sent",
    keys=(
        Key(
            name="concurrency",
            kind=kinds.integer(1, 512),
            help="Connections at the same time.",
            option="--concurrency",
        ),
        Key(
            name="rate-limit",
            kind=quantities.RATE,
            help="At most so many requests, such as 20/s or 100/m.",
            option="--rate-limit",
        ),
        Key(name="timeout", kind=quantities.DURATION, help="For one probe.", option="--timeout"),
        Key(
            name="overall-timeout",
            kind=quantities.OPTIONAL_DURATION,
            help="For the whole run.",
            option="--overall-timeout",
        ),
        Key(
            name="retries",
            kind=kinds.integer(0, 20),
            help="How often a connection that failed is tried again.",
            option="--retries",
        ),
        Key(
            name="max-requests",
            kind=kinds.integer(1),
            help="Stop sending after so many requests.",
            option="--max-requests",
        ),
        Key(
            name="resolve",
            kind=quantities.RESOLVES,
            help="Connect to this address for a host and port, as in curl.",
            option="--resolve",
        ),
        Key(name="allow-hosts", kind=kinds.TEXTS, help="Hosts that may be contacted; nothing else ever is."),
    ),
)

GROUPS = (
    TOP,
    SERVER,
    IDENTITIES,
    CLIENT_CA,
    BATTERY,
    SCHEMES,
    LOADER,
    OPERATIONS,
    UNDOCUMENTED,
    SOURCE,
    NETWORK,
    REPORTS,
    REDACT,
)
