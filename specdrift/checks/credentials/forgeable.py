"""Sends credentials that anyone can make instead of a certificate: its hash, the text of an absent key, tokens signed
with a key of examples, and made-up or altered values of declared API keys and tokens.

A certificate is public, and its hash too. A gateway that stores clients by this hash, and looks tokens up in the same
store, takes the hash for a secret. Made-up credentials that the document does not declare are those of
``undeclared_input``.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.credential_places import BEARER, CredentialPlace, declared_places, with_credential
from specdrift.checks.core.credentials import ALTERED, CredentialChange
from specdrift.checks.credentials.guessed import guesses
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt, PositiveControl
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Request

RULE = "forgeable-credential-accepted"
FEW = 3
"""Guarded operations that are sent; all with ``exhaustive``."""
HASH = "certificate hash"
MADE_UP = hashlib.sha256(b"specdrift: the hash of no certificate").digest()


class ForgedCredential(Struct, frozen=True, kw_only=True):
    """A value that anyone can make."""

    kind: str
    """What a finding is about: values of one kind are reported together."""
    encoding: str
    words: str
    value: str
    worthless: str
    """A value of the same form that stands for nothing; empty if that is what ``value`` is."""


INVENTED = ForgedCredential(
    kind="made-up credential",
    encoding="hexadecimal",
    words="a made-up credential",
    value=MADE_UP.hex(),
    worthless="",
)
EMPTY = replace(INVENTED, encoding="no characters", words="an empty credential", value="")
PLAIN = CredentialPlace(words="in Authorization", header="Authorization")
API_KEY = CredentialPlace(words="in X-API-Key", header="X-API-Key")
USUAL = (
    BEARER,
    API_KEY,
    *(
        CredentialPlace(words=f"in {name}", header=name)
        for name in ("Api-Key", "X-Auth-Token", "X-Access-Token")
    ),
    CredentialPlace(words="in the cookie token", header="Cookie", prefix="token="),
)
"""Where services look for a key or token that the document does not declare."""


def credentials_from(identity: ClientIdentity) -> Iterator[ForgedCredential]:
    """Yield the hash of the identity's certificate in the usual encodings."""
    if identity.certificate is not None:
        digest = bytes.fromhex(identity.certificate.sha256)
        of = f'the SHA-256 hash of the certificate of "{identity.name}"'
        yield ForgedCredential(
            kind=HASH,
            encoding="hexadecimal",
            words=f"{of} in hexadecimal",
            value=digest.hex(),
            worthless=MADE_UP.hex(),
        )
        yield ForgedCredential(
            kind=HASH,
            encoding="base64url",
            words=f"{of} in base64url (x5t#S256)",
            value=_base64url(digest),
            worthless=_base64url(MADE_UP),
        )


def guessed_for(
    planned: PlannedOperation, identity: ClientIdentity, nonce: str
) -> Iterator[ForgedCredential]:
    """Yield what a guard takes that has no key of its own, for this identity."""
    claim = claim_of(identity, planned.operation.roles)
    name, roles = (claim.name, claim.roles) if claim else (identity.name, (*identity.roles,))
    for words, value, worthless in guesses(name, roles, nonce):
        yield ForgedCredential(
            kind="guessed credential", encoding=words, words=words, value=value, worthless=worthless
        )


def places_for(
    planned: PlannedOperation, usual: Sequence[CredentialPlace] = (BEARER, API_KEY)
) -> tuple[CredentialPlace, ...]:
    """Return the places that one request can have together: those of the operation's API keys, and the usual ones."""
    every = (*usual, *declared_places(planned))
    return tuple({place.header.lower() or place.parameter: place for place in every}.values())


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """A few operations with the hash in all places that can be sent together, and alone in Authorization; and with what
    stands for an absent key.

    Each operation with a made-up key, and with an empty one, where it declares a key.
    """
    for planned in few(context.guarded, FEW, context):
        owner = next((i for i in context.accepted if must_be_admitted(i, planned)), None)
        for credential in credentials_from(owner) if owner else ():
            yield from _in_places(context, planned, credential, places_for(planned))
            yield _attempt(context, planned, credential, (PLAIN,))
        for credential in guessed_for(planned, owner, context.nonce) if owner else ():
            yield from _in_places(context, planned, credential, places_for(planned, USUAL))
    for planned in sample(context):
        for place in declared_places(planned):
            yield _attempt(context, planned, INVENTED, (place,))
            yield _attempt(context, planned, EMPTY, (place,))
        yield from _altered(context, planned)


def _in_places(
    context: PlanContext,
    planned: PlannedOperation,
    credential: ForgedCredential,
    places: Sequence[CredentialPlace],
) -> Iterator[BypassAttempt]:
    """Yield the credential in all places at once, and in each where that is admitted."""
    key = f"{planned.key} {credential.words}"
    yield replace(_attempt(context, planned, credential, places), cause=BUNDLE, unlocks=key)
    for place in places:
        yield replace(_attempt(context, planned, credential, (place,)), requires=key)


def _altered(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """Yield altered forms of the credentials that the document takes instead of a certificate."""
    for variation in planned.variations:
        if (
            variation.certificate
            or variation.change not in ALTERED
            or variation.change is CredentialChange.EMPTY
        ):
            continue
        words = ALTERED[variation.change].format(scheme=variation.scheme)
        yield BypassAttempt(
            planned=planned,
            name=f"altered credential {variation.change} {variation.scheme}",
            words=words,
            request=variation.request,
            negative_control=_to_nothing(context, planned, variation.request),
            connection=context.connection(context.tls[0]),
            cause="altered credential",
            positive_control=PositiveControl.IMPOSSIBLE,
        )


def _to_nothing(context: PlanContext, planned: PlannedOperation, request: Request) -> Request:
    """Return a request for a path that does not exist, with the same credentials."""
    _, mark, query = request.target.partition("?")
    return replace(request, target=f"{context.base_of(planned)}/{context.nonce}{mark}{query}")


def _attempt(
    context: PlanContext,
    planned: PlannedOperation,
    credential: ForgedCredential,
    places: Sequence[CredentialPlace],
) -> BypassAttempt:
    where = ", ".join(place.words for place in places)
    request = with_credential(planned.request, places, credential.value)
    if credential.worthless:
        # The answer to a hash of nothing is what shows that this hash counts.
        control = with_credential(planned.request, places, credential.worthless)
    else:
        control = _to_nothing(context, planned, request)
    return BypassAttempt(
        planned=planned,
        name=f"{credential.kind} in {credential.encoding} {where}",
        words=f"{credential.words} {where}",
        request=request,
        negative_control=control,
        connection=context.connection(context.tls[0]),
        cause=credential.kind,
        # A correct server may refuse a wrong token beside a valid certificate.
        positive_control=PositiveControl.IMPOSSIBLE,
    )


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    return "with " + "; ".join(dict.fromkeys(attempt.words for attempt in attempts))


CHECK: Check = BypassCheck(
    name="forgeable",
    rule=RULE,
    why="whether a credential that anyone can make replaces the certificate",
    attempts=attempts,
    sharing=Sharing.LISTENER,
    describe=_describe,
)
