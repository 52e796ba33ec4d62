"""How servers refuse: status, envelope, language and noise."""

# ruff: noqa: ARG001 - all functions of a table have one signature

import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.generated.data import Body, Record, page
from tests.generated.words import Language

STATUSES = (401, 403, 200, 200, 404, 400, 302, 418, 500)
"""As often as they are tried."""


class Asked(NamedTuple):
    """The request that is refused."""

    path: str
    identity: str
    noise: Record


def plain(language: Language, asked: Asked) -> Body:
    """A sentence."""
    return Body("text/plain; charset=utf-8", language.denial.encode())


def empty(language: Language, asked: Asked) -> Body:
    """Nothing."""
    return Body("", b"")


def member(language: Language, asked: Asked) -> Body:
    """An object with the sentence."""
    return Body("application/json", json.dumps({language.member: language.denial}).encode())


def envelope(language: Language, asked: Asked) -> Body:
    """The envelope of the API, without data."""
    fields = {"status": language.title, "data": None, "meta": asked.noise}
    return Body("application/json", json.dumps(fields).encode())


def problem(language: Language, asked: Asked) -> Body:
    """Problem details (RFC 9457) with the path and an incident."""
    fields = {
        "type": "about:blank",
        "title": language.title,
        "detail": language.denial,
        "instance": asked.path,
    }
    return Body("application/problem+json", json.dumps({**fields, **asked.noise}).encode())


def caller(language: Language, asked: Asked) -> Body:
    """An object that names the caller and the path."""
    fields = {language.member: language.title, "who": asked.identity, "where": asked.path}
    return Body("application/json", json.dumps(fields, ensure_ascii=False).encode())


def site(language: Language, asked: Asked) -> Body:
    """A page of the site, without a word that a form has."""
    return Body("text/html; charset=utf-8", page(language.title, language.denial, asked.noise).encode())


def login(language: Language, asked: Asked) -> Body:
    """A page with a login box."""
    form = f"<p>{language.denial}</p><form method=post><input name=u><input type=password name=p></form>"
    return Body("text/html; charset=utf-8", page(language.title, form, asked.noise).encode())


def fault(language: Language, asked: Asked) -> Body:
    """A fault in XML."""
    text = f'<?xml version="1.0"?><r><k>{language.title}</k><m>{language.denial}</m></r>'
    return Body("application/xml", text.encode())


FORMS: tuple[Callable[[Language, Asked], Body], ...] = (
    plain,
    empty,
    member,
    envelope,
    problem,
    caller,
    site,
    login,
    fault,
)


def chosen(random: Random) -> tuple[int, Callable[[Language, Asked], Body]]:
    """Choose a status and a form that some server could have."""
    status, form = random.choice(STATUSES), random.choice(FORMS)
    return (401, form) if status == 200 and form is empty else (status, form)
