"""Selection of operations and of what is sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.operation import Operation, OperationKey, RequestBody, ValueSource
from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import SkipReason
from specdrift.scan.preparation.credentials.credential_sets import credentials_for
from specdrift.scan.preparation.selection import OperationSelector, Selection
from specdrift.settings import OperationSettings, SchemeSettings, Secret, Settings
from tests.changed_settings import changed
from tests.checks.plan_builders import KEY, MTLS, planned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specdrift.model.contract.operation import Operation, RequestBody, ValueSource


HERE = BasePaths(base_url="https://api.test")


def select(operations: Iterable[Operation], settings: Settings, *, bases: BasePaths) -> Selection:
    """Select from these operations as the settings say."""
    selector = OperationSelector(
        selection=settings.selection, entries=settings.operations, schemes=settings.schemes, bases=bases
    )
    return selector.select(operations)


def operation(path: str = "/secure", method: str = "GET", **changes: Any) -> Operation:  # noqa: ANN401
    """An operation, with these members changed."""
    return replace(planned(path, method=method).operation, **changes)


def requiring(*uses: SchemeUse) -> Operation:
    """An operation that needs all of these."""
    plain = operation()
    return replace(plain, requirement=replace(plain.requirement, alternatives=(uses,)))


@pytest.mark.parametrize(
    ("path", "operation_id", "left_out"),
    [
        ("/logout", "", True),
        ("/session/sign-out", "", True),
        ("/users", "signOutUser", True),
        ("/tokens/revoke", "", True),
        ("/login", "", False),
        ("/about/logoutput", "", False),
        ("/catalogue", "listCatalogue", False),
    ],
)
def test_operations_that_end_a_session_are_not_sent_by_default(
    path: str,
    operation_id: str,
    left_out: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A check must not log users out; operations that were not sent stay undecided."""
    one = operation(path, operation_id=operation_id)
    (subject,) = select([one], Settings(), bases=HERE).operations
    assert (subject.mode is UnsafeMethods.NEVER) is left_out
    assert bool(subject.withheld and "--include-logout" in subject.withheld.advice.text) is left_out
    (asked,) = select([one], changed(Settings(), include_logout=True), bases=HERE).operations
    assert asked.mode is UnsafeMethods.SEND


@pytest.mark.parametrize("option", ["include", "exclude"])
def test_operations_that_are_left_out_are_listed(option: str) -> None:
    """Whichever option leaves them out: what is not listed was not there."""
    first, second = operation("/a"), operation("/b")
    of_option = {"include": "/a", "exclude": "/b"}[option]
    found = select([first, second], changed(Settings(), **{option: Selector(paths=(of_option,))}), bases=HERE)
    assert [one.operation.key for one in found.operations] == [first.key]
    assert [(one.operation, one.kind) for one in found.skipped] == [(second.key, SkipReason.FILTERED)]


@pytest.mark.parametrize(
    ("method", "setting", "mode"),
    [
        ("GET", UnsafeMethods.NEVER, UnsafeMethods.SEND),
        ("HEAD", UnsafeMethods.NEVER, UnsafeMethods.SEND),
        ("OPTIONS", UnsafeMethods.HANDSHAKE, UnsafeMethods.SEND),
        ("POST", UnsafeMethods.HANDSHAKE, UnsafeMethods.HANDSHAKE),
        ("PATCH", UnsafeMethods.SEND, UnsafeMethods.SEND),
        ("PUT", UnsafeMethods.SEND, UnsafeMethods.HANDSHAKE),
        ("DELETE", UnsafeMethods.SEND, UnsafeMethods.HANDSHAKE),
        ("LOCK", UnsafeMethods.NEVER, UnsafeMethods.NEVER),
        ("QUERY", UnsafeMethods.HANDSHAKE, UnsafeMethods.HANDSHAKE),
        ("TRACE", UnsafeMethods.SEND, UnsafeMethods.NEVER),
    ],
)
def test_only_safe_methods_are_sent_by_default(
    method: str, setting: UnsafeMethods, mode: UnsafeMethods
) -> None:
    """TRACE never: servers echo it before any handler."""
    (one,) = select(
        [operation(method=method)], changed(Settings(), unsafe_methods=setting), bases=HERE
    ).operations
    assert one.mode is mode


NEEDED = RequestBody(media_type="application/json", content=b"{}", source=ValueSource.TYPE, required=True)


@pytest.mark.parametrize(
    ("one", "mode"),
    [
        (operation(method="POST", body=NEEDED), UnsafeMethods.HEADERS),
        (operation(method="POST", body=replace(NEEDED, required=False)), UnsafeMethods.HANDSHAKE),
        (operation(method="POST", body=replace(NEEDED, content=b"")), UnsafeMethods.HANDSHAKE),
        (operation(method="DELETE"), UnsafeMethods.HANDSHAKE),
        (operation("/logout", method="POST", body=NEEDED), UnsafeMethods.HANDSHAKE),
        (operation(method="GET"), UnsafeMethods.SEND),
    ],
)
def test_heads_are_sent_where_a_body_is_required(one: Operation, mode: UnsafeMethods) -> None:
    """A head without content is the whole request; without a required body a handler may run on the head."""
    settings = changed(Settings(), unsafe_methods=UnsafeMethods.HEADERS)
    assert [s.mode for s in select([one], settings, bases=HERE).operations] == [mode]


def test_an_operations_entry_overrides_the_general_setting() -> None:
    """One POST may be sent although the others may not."""
    entry = OperationSettings(include=Selector(paths=("/search",)), unsafe_methods=UnsafeMethods.SEND)
    settings = Settings(operations=(entry,))
    both = select([operation("/search", "POST"), operation("/pay", "POST")], settings, bases=HERE).operations
    assert [one.mode for one in both] == [UnsafeMethods.SEND, UnsafeMethods.HANDSHAKE]


def test_a_disabled_operation_is_skipped_with_its_reason() -> None:
    """The report contains the reason."""
    entry = OperationSettings(
        include=Selector(tags=("internal",)), enabled=False, reason="not reachable from CI"
    )
    selection = select([operation(tags=("internal",))], Settings(operations=(entry,)), bases=HERE)
    assert [(str(s.operation), s.reason) for s in selection.skipped] == [
        ("GET /secure", "not reachable from CI")
    ]


WITHHELD = {
    "a value is missing": (
        operation(missing=("X-H", "X-I")),
        "no value for X-H, X-I",
        "[[operations]] parameters",
    ),
    "it is another one's request": (
        operation("/users/{id}", taken_for=OperationKey(path="/users/me", method="GET")),
        "its values make it GET /users/me",
        "[[operations]] parameters",
    ),
    "TRACE": (
        operation(method="TRACE"),
        "TRACE is never sent: servers echo it before any handler",
        "--exclude-method TRACE",
    ),
    "the owner's word": (
        operation(method="POST"),
        "requests of unsafe methods are not sent (--unsafe-methods never)",
        "--unsafe-methods send",
    ),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_an_operation_that_is_not_sent_has_reason_and_advice(name: str) -> None:
    """An incomplete request would be refused for another reason."""
    found, reason, advice = WITHHELD[name]
    (one,) = select([found], changed(Settings(), unsafe_methods=UnsafeMethods.NEVER), bases=HERE).operations
    assert one.mode is UnsafeMethods.NEVER
    assert one.withheld is not None
    assert one.withheld.reason == reason
    assert advice in one.withheld.advice.text
    others = {text for _, _, text in WITHHELD.values()} - {advice}
    assert not [text for text in others if text in one.withheld.advice.text]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_sent_operation_has_no_such_reason(method: str) -> None:
    """Nor has one with bare handshakes."""
    for setting in (UnsafeMethods.HANDSHAKE, UnsafeMethods.SEND):
        (one,) = select(
            [operation(method=method)], changed(Settings(), unsafe_methods=setting), bases=HERE
        ).operations
        assert one.withheld is None


def test_the_base_path_precedes_the_path() -> None:
    """As with the URL of a server."""
    (one,) = select(
        [operation("/items")], Settings(), bases=BasePaths(base_url="https://api.test/api/v1")
    ).operations
    assert one.request.target == "/api/v1/items"


BASIC = SchemeUse(scheme=SecurityScheme(name="basic", type=SchemeType.HTTP, http_scheme="basic"))
BEARER = SchemeUse(scheme=SecurityScheme(name="bearer", type=SchemeType.HTTP, http_scheme="bearer"))
OAUTH = SchemeUse(scheme=SecurityScheme(name="oauth", type=SchemeType.OAUTH2))
QUERY = SchemeUse(scheme=SecurityScheme(name="q", type=SchemeType.API_KEY, parameter=("query", "api key")))
COOKIE = SchemeUse(scheme=SecurityScheme(name="c", type=SchemeType.API_KEY, parameter=("cookie", "sid")))


@pytest.mark.parametrize(
    ("use", "settings", "headers", "target"),
    [
        (KEY, SchemeSettings(value=Secret("k1")), (("X-Key", "k1"),), "/x"),
        (QUERY, SchemeSettings(value=Secret("a b")), (), "/x?api%20key=a%20b"),
        (COOKIE, SchemeSettings(value=Secret("s")), (("Cookie", "sid=s"),), "/x"),
        (BASIC, SchemeSettings(value=Secret("u:p")), (("Authorization", "Basic dTpw"),), "/x"),
        (BEARER, SchemeSettings(token=Secret("t")), (("Authorization", "Bearer t"),), "/x"),
        (OAUTH, SchemeSettings(token=Secret("t")), (("Authorization", "Bearer t"),), "/x"),
    ],
)
def test_credentials_beside_the_certificate_are_in_their_places(
    use: SchemeUse, settings: SchemeSettings, headers: tuple[tuple[str, str], ...], target: str
) -> None:
    """With them, the certificate is all that the anonymous client lacks."""
    given = credentials_for(requiring(MTLS, use), {use.scheme.name: settings})
    assert (given.complete, given.headers, given.target("/x")) == (True, headers, target)


def test_without_its_credential_a_requirement_is_not_met_by_the_certificate() -> None:
    """Then a refused certificate is no finding."""
    assert not credentials_for(requiring(MTLS, KEY), {}).complete
    assert credentials_for(requiring(MTLS), {}).complete


def test_names_of_secret_headers_are_kept_for_redaction() -> None:
    """The value of such a header must not be in a report."""
    settings = Settings(schemes={"key": SchemeSettings(value=Secret("k1"))})
    assert select([requiring(MTLS, KEY)], settings, bases=HERE).secret_names == ("X-Key",)


def test_the_builders_have_the_stated_demands() -> None:
    """A test of this file's own helpers."""
    assert requiring(MTLS).requirement.demand is Demand.REQUIRED
