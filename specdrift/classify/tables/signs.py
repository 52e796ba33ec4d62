"""Signs of a refusal that need no comparison: a login as the target of a redirect, a text about certificates. Pure."""

import re

from specdrift.classify.comparison import Comparison
from specdrift.classify.likeness import redirect_target

CERTIFICATE_DENIALS = frozenset({495, 496})
CERTIFICATE_PHRASE = re.compile(
    r"\b(client|ssl|tls)\b.{0,40}\bcertificate|certificate.{0,40}\brequired", re.IGNORECASE | re.DOTALL
)
LOGIN_TARGET = re.compile(
    r"(?<![a-z])(?:"
    r"(?:do|web|user)?(?:log|sign)[-_]?(?:in|on)(?:page|form)?"
    r"|o?auth\d*|oidc|authori[sz]e|authenticate|authentication|sso|saml\d*"
    r"|sessions?/new"
    r")(?![a-z])",
    re.IGNORECASE,
)
"""Whole words in the host or path of a login page; not ``authors``, ``lessons`` or ``sessions``."""


def redirects_to_login(case: Comparison) -> bool:
    """Return whether host or path of the redirect's target name a login."""
    if not case.redirects() or redirects_to_itself(case):
        return False
    return bool(LOGIN_TARGET.search("/".join(redirect_target(case.answer))))


def is_login_page(case: Comparison) -> bool:
    """Return whether it is a page with a login, of an operation that is none itself."""
    own = LOGIN_TARGET.search(case.request.target.partition("?")[0])
    return "login-form" in case.answer.shape.signs and not own


def redirects_to_itself(case: Comparison) -> bool:
    """Return whether it redirects to the same path, with a trailing slash or on another host or scheme."""
    location = case.answer.header("location").partition("?")[0]
    path = re.sub(r"^https?://[^/]*", "", location).rstrip("/")
    return case.redirects() and path == case.request.target.partition("?")[0].rstrip("/")


def redirects_to_the_same_url(case: Comparison) -> bool:
    """Return whether it redirects to the URL that was requested."""
    following = case.redirect.request if case.redirect else None
    return following is not None and following.target == case.request.target


def requires_certificate(case: Comparison) -> bool:
    """Return whether it asks for a client certificate, by a status of its own (nginx) or in its text."""
    text = case.answer.body_excerpt
    return case.status in CERTIFICATE_DENIALS or (
        case.status == 400 and bool(CERTIFICATE_PHRASE.search(text))
    )


def looks_refused(case: Comparison) -> bool:
    """Return whether it looks like a refusal, though an operation about logins or certificates may answer so too."""
    has_form = case.status < 300 and "login-form" in case.answer.shape.signs
    return has_form or redirects_to_login(case) or (case.status == 400 and requires_certificate(case))
