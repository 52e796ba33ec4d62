"""How servers refuse: status, envelope, language and noise."""

# ruff: noqa: ARG001 - all functions of a table have one signature

import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.generated.data import Body, Record, page
from tests.generated.vocabulary import Language

STATUSES = (401, 403, 200, 200, 404, 400, 302, 418, 500)
"""Repeated by frequency."""
MULTI_STATUS = 207


class RefusedRequest(NamedTuple):
    """A request that the server refuses."""

    path: str
    identity: str
    noise: Record


def plain(language: Language, refused: RefusedRequest) -> Body:
    """Return a sentence."""
    return Body("text/plain; charset=utf-8", language.denial.encode())


def empty(language: Language, refused: RefusedRequest) -> Body:
    """Return an empty body."""
    return Body("", b"")


def member(language: Language, refused: RefusedRequest) -> Body:
    """Return an object with the sentence."""
    return Body("application/json", json.dumps({language.member: language.denial}).encode())


def envelope(language: Language, refused: RefusedRequest) -> Body:
    """Return the envelope of the API, without data."""
    fields = {"status": language.title, "data": None, "meta": refused.noise}
    return Body("application/json", json.dumps(fields).encode())


def problem(language: Language, refused: RefusedRequest) -> Body:
    """Return problem details (RFC 9457) with the path and an incident."""
    fields = {
        "type": "about:blank",
        "title": language.title,
        "detail": language.denial,
        "instance": refused.path,
    }
    return Body("application/problem+json", json.dumps({**fields, **refused.noise}).encode())


def caller(language: Language, refused: RefusedRequest) -> Body:
    """Return an object that names the caller and the path."""
    fields = {language.member: language.title, "who": refused.identity, "where": refused.path}
    return Body("application/json", json.dumps(fields, ensure_ascii=False).encode())


def site(language: Language, refused: RefusedRequest) -> Body:
    """Return a page of the site without a form."""
    return Body("text/html; charset=utf-8", page(language.title, language.denial, refused.noise).encode())


def login(language: Language, refused: RefusedRequest) -> Body:
    """Return a page with a login form."""
    form = f"<p>{language.denial}</p><form method=post><input name=u><input type=password name=p></form>"
    return Body("text/html; charset=utf-8", page(language.title, form, refused.noise).encode())


def fault(language: Language, refused: RefusedRequest) -> Body:
    """Return a fault in XML."""
    text = f'<?xml version="1.0"?><r><k>{language.title}</k><m>{language.denial}</m></r>'
    return Body("application/xml", text.encode())


def graphql(language: Language, refused: RefusedRequest) -> Body:
    """Return errors beside no data, as GraphQL does."""
    error = {
        "message": language.denial,
        "path": [refused.path.split("/")[1]],
        "extensions": {"code": "UNAUTHENTICATED", **refused.noise},
    }
    return Body("application/json", json.dumps({"errors": [error], "data": None}).encode())


def json_api(language: Language, refused: RefusedRequest) -> Body:
    """Return the errors of JSON:API, with the version of the service."""
    error = {"status": "403", "code": "CERT_REQUIRED", "title": language.title, "detail": language.denial}
    about = {"service": "depot", "version": "4.12.1"}
    fields = {"errors": [{**error, "meta": refused.noise}], "jsonapi": {"version": "1.1"}, "meta": about}
    return Body("application/vnd.api+json", json.dumps(fields).encode())


def named(language: Language, refused: RefusedRequest) -> Body:
    """Return an object that names the service and its version."""
    fields = {"service": "depot 4.12.1", language.member: language.denial, **refused.noise}
    return Body("application/json", json.dumps(fields, ensure_ascii=False).encode())


def multi_status(language: Language, refused: RefusedRequest) -> Body:
    """Return one refusal in a multi-status (RFC 4918 §13)."""
    text = (
        f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>{refused.path}</D:href>'
        f"<D:status>HTTP/1.1 403 Forbidden</D:status><D:responsedescription>{language.denial}"
        "</D:responsedescription></D:response></D:multistatus>"
    )
    return Body("application/xml", text.encode())


FORMS: tuple[Callable[[Language, RefusedRequest], Body], ...] = (
    plain,
    empty,
    member,
    envelope,
    problem,
    caller,
    site,
    login,
    fault,
    graphql,
    json_api,
    named,
    multi_status,
)


def chosen(random: Random) -> tuple[int, Callable[[Language, RefusedRequest], Body]]:
    """Choose a status and a form that occur together."""
    status, form = random.choice(STATUSES), random.choice(FORMS)
    if form is multi_status:
        return MULTI_STATUS, form
    return (401, form) if status == 200 and form is empty else (status, form)
