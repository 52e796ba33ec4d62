"""Who called, as written in a result: the facts of the certificate stand beside the name."""

from typing import Any

from specdrift.model.exchange.identity import CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.result.schema.codec import Codec, Member, choice, member, nullable, record
from specdrift.result.schema.scalars import BLANK, FLAG, NAMES, NUMBER, TEXT, TEXTS, TIME

_FACTS: dict[str, Codec[Any]] = {
    "subject": TEXT,
    "issuer": TEXT,
    "serial": TEXT,
    "sha256": TEXT,
    "not_before": TIME,
    "not_after": TIME,
}


def _fact(name: str, codec: Codec[Any]) -> Member[Any]:
    def get(identity: ClientIdentity) -> object:
        return getattr(identity.certificate, name, None)

    return Member(name, nullable(codec), get)


def _identity(**values: Any) -> ClientIdentity:  # noqa: ANN401
    facts = {name: values.pop(name) for name in _FACTS}
    whole = None not in facts.values()
    return ClientIdentity(certificate=CertificateFacts(**facts) if whole else None, **values)


IDENTITY = record(
    "identity",
    "A caller. The certificate's facts are null for a caller without one; no key material is here.",
    (
        member("name", TEXT),
        member("kind", choice(IdentityKind)),
        member("profile", BLANK, about="Certificate profile of a generated identity."),
        member("roles", NAMES),
        member("expect", choice(Expect), about="What a correct server does with it where one is due."),
        *(_fact(name, codec) for name, codec in _FACTS.items()),
        member("about", BLANK, about="What is wrong with the certificate, in a sentence."),
        member(
            "beside",
            BLANK,
            about="The control: if it is not admitted, a rejection of this identity is inconclusive.",
        ),
        member(
            "refused_by_policy",
            FLAG,
            about="Only the default policy of the battery rejects it: no standard, and no setting.",
            default=False,
        ),
        member("imitates", BLANK, about="The identity that an application must not take this one for."),
        member("names", TEXTS, about="Other names of the listener at which it is accepted.", default=[]),
        member(
            "refused_after",
            nullable(NUMBER),
            about="Seconds from its revocation to its refusal; null: not both were observed.",
            default=None,
        ),
    ),
    _identity,
)
