"""Keys of ``[[identities]]``, ``[client-ca]`` and ``[battery]``."""

from specdrift.config.keys.config_key import Group, Key, Section, Shape
from specdrift.config.keys.permission import Permission
from specdrift.config.value_types import hosts, plain, quantities
from specdrift.config.value_types import secret_values as secrets
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.settings import CertificateFormat

IDENTITIES = Group(
    name="identities",
    about="Client certificates. --cert, --key, --cert-type and --key-pass-file set the identity named default",
    shape=Shape.LIST,
    one_of=("cert-file", "identity-command"),
    keys=(
        Key(name="name", value_type=plain.TEXT, help="Name in reports.", required=True),
        Key(
            name="cert-file",
            value_type=plain.FILE,
            help="Client certificate followed by its chain, or a PKCS#12 archive.",
            option="--cert",
            section=Section.TARGET,
        ),
        Key(
            name="key-file",
            value_type=plain.FILE,
            help="Private key: PEM, encrypted PEM, or a PKCS#11 URI PEM.",
            option="--key",
            section=Section.TARGET,
        ),
        Key(
            name="cert-type",
            value_type=plain.choice(CertificateFormat),
            help="Format of the certificate file; default: p12 for *.p12 and *.pfx, else pem.",
            option="--cert-type",
            section=Section.TARGET,
            field="format",
        ),
        Key(
            name="key-pass-file",
            value_type=plain.FILE,
            help="File with the passphrase of the key or archive.",
            option="--key-pass-file",
            section=Section.TARGET,
        ),
        Key(
            name="key-pass",
            value_type=secrets.SECRET,
            help="Passphrase. Without it specdrift prompts for one on a terminal.",
            variable="key-pass",
        ),
        Key(
            name="identity-command",
            field="command",
            permission=Permission.RUN,
            value_type=plain.COMMAND,
            help="Command that prints the certificate, its chain and its private key as PEM, instead of files.",
        ),
        Key(name="roles", value_type=plain.ROLES, help="Roles of this certificate in the API."),
        Key(
            name="schemes",
            value_type=plain.ROLES,
            help="mutualTLS schemes of the document whose operations accept it, where operations name different ones.",
        ),
        Key(
            name="expect",
            value_type=plain.choice(Expect),
            help="Whether a correct server accepts or rejects it.",
        ),
        Key(
            name="names",
            value_type=hosts.HOSTS,
            help="Other names of the listener at which it is accepted.",
        ),
        Key(
            name="session-file",
            value_type=plain.NEW_FILE,
            help="TLS session saved by `openssl s_client -sess_out` before the certificate was to be rejected.",
        ),
        Key(
            name="revoke-command",
            permission=Permission.RUN,
            value_type=plain.COMMAND,
            help="Command that revokes the certificate, at the end of the run: it is then sent until it is refused. "
            "The certificate is its standard input, the serial number in SPECDRIFT_SERIAL, "
            "as `openssl x509 -serial` prints it.",
        ),
        Key(
            name="revoke-within",
            value_type=quantities.DURATION,
            help="Time after revoke-command in which a correct server begins to refuse the certificate.",
        ),
    ),
)

CLIENT_CA = Group(
    name="client-ca",
    about="The CA whose client certificates the server accepts",
    keys=(
        Key(
            name="cert-file",
            value_type=plain.FILE,
            help="CA certificate; needed to generate look-alike issuers.",
        ),
        Key(
            name="key-file",
            value_type=plain.FILE,
            help="Private key of a test CA; needed to sign generated certificates that have one defect each.",
        ),
        Key(
            name="key-pass-file",
            value_type=plain.FILE,
            help="File with the passphrase of that key.",
        ),
        Key(name="crl-file", value_type=plain.FILE, help="CRL that the server must honour."),
        Key(
            name="server-only-until",
            value_type=quantities.OPTIONAL_DATE,
            help="Until this day the server may accept client certificates whose extended key usage is serverAuth only "
            "(profile wrong-eku), as public CAs issue them; afterwards they must be refused.",
        ),
        Key(
            name="short-validity",
            value_type=quantities.OPTIONAL_DURATION,
            help="Generate a certificate that is valid this long, and use a connection and TLS sessions of it past "
            "its end. The run waits that long; needs key-file.",
        ),
    ),
)

BATTERY = Group(
    name="battery",
    about="Policy of a certificate profile, to override its default",
    shape=Shape.FREE,
    values=plain.choice(ProfilePolicy),
)
