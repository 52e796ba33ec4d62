"""Recognises the server by what it says of itself.

A name in a header is a hint and no proof: a proxy answers for what stands behind it.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.source import SourceView
from specdrift.rules.explanation import Stack


class DetectedStack(Struct, frozen=True, kw_only=True):
    """A stack, and what gave it away."""

    stack: Stack
    detected_from: str


HEADERS = ("server", "x-powered-by", "via")
# Products (RFC 9110 §10.2.4) in those headers, in lower case and without their versions.
PRODUCTS: Mapping[str, Stack] = {
    "nginx": Stack.NGINX,
    "openresty": Stack.NGINX,
    "apache": Stack.APACHE,
    "haproxy": Stack.HAPROXY,
    "envoy": Stack.ENVOY,
    "istio-envoy": Stack.ENVOY,
    "apache-coyote": Stack.SPRING,
    "express": Stack.NODE,
    "axum": Stack.AXUM,
    "hyper": Stack.AXUM,
}
# What error pages look like when nobody changed them.
PAGES: tuple[tuple[re.Pattern[str], Stack], ...] = (
    (re.compile(r"<center>(nginx|openresty)"), Stack.NGINX),
    (re.compile(r"<address>Apache/"), Stack.APACHE),
    (re.compile(r"Apache Tomcat/|Whitelabel Error Page"), Stack.SPRING),
    (re.compile(r'"timestamp":.{1,60}"status":\d{3},"error":'), Stack.SPRING),
    (re.compile(r"^<html><body><h1>\d{3} .{3,40}</h1>\n"), Stack.HAPROXY),
    (re.compile(r"<pre>Cannot [A-Z]+ /"), Stack.NODE),
    (re.compile(r"^404 page not found\n$"), Stack.GO),
    (
        re.compile(r"^(no healthy upstream|upstream connect error or disconnect|RBAC: access denied)"),
        Stack.ENVOY,
    ),
)


FRAMEWORKS: Mapping[str, Stack] = {"axum": Stack.AXUM, "go": Stack.GO}


def of_source(source: SourceView | None) -> DetectedStack | None:
    """The framework that a source is written for: what stands behind every proxy."""
    stack = FRAMEWORKS.get(source.framework) if source else None
    return (
        DetectedStack(stack=stack, detected_from=f"the source of {source.crate}")
        if source and stack
        else None
    )


def detect(records: Iterable[ProbeRecord]) -> DetectedStack | None:
    """The first stack that an answer names, in its headers or by its error page."""
    return next((found for record in records if (found := _of(record))), None)


def _of(record: ProbeRecord) -> DetectedStack | None:
    http = record.observation.http
    if http is None:
        return None
    for header in HEADERS:
        value = http.header(header)
        for product in re.split(r"[\s,;()]+", value.lower()):
            if stack := PRODUCTS.get(product.partition("/")[0]):
                return DetectedStack(stack=stack, detected_from=f"{header}: {value}")
    page = next((stack for pattern, stack in PAGES if pattern.search(http.body_excerpt)), None)
    return DetectedStack(stack=page, detected_from=f"its page for HTTP {http.status}") if page else None
