"""Layers of axum, tower and other crates that are known by name."""

import re

_HARMLESS = """
Extension CorsLayer TraceLayer CompressionLayer DecompressionLayer RequestDecompressionLayer
TimeoutLayer SetResponseHeaderLayer SetRequestHeaderLayer RequestBodyLimitLayer CatchPanicLayer
DefaultBodyLimit NormalizePathLayer SetRequestIdLayer PropagateRequestIdLayer CookieManagerLayer
PropagateHeaderLayer SetSensitiveHeadersLayer SetSensitiveRequestHeadersLayer AddExtensionLayer
SetSensitiveResponseHeadersLayer HandleErrorLayer BufferLayer ConcurrencyLimitLayer LoadShedLayer
RateLimitLayer GovernorLayer GlobalConcurrencyLimitLayer PrometheusMetricLayer OtelAxumLayer
OtelInResponseLayer HttpMetricsLayer SentryHttpLayer NewSentryLayer SetStatus MapResponseLayer
MapResponseBodyLayer LiveReloadLayer SessionManagerLayer MethodOverrideLayer ClientIpSource
RequestIdLayer AutoVaryLayer MessagesManagerLayer SecureClientIpSource TracingLayer HelmetLayer
"""
HARMLESS = frozenset(_HARMLESS.split())
"""Layer types of axum, tower and others that do not authenticate."""
_TOKENS = """
ValidateRequestHeaderLayer RequireAuthorizationLayer AsyncRequireAuthorizationLayer
AuthorizationLayer
"""
TOKENS = frozenset(_TOKENS.split())
"""Layer types of tower-http that ask for a token."""
HARMLESS_CALLS = re.compile(r"ServiceBuilder::(?!check|filter|and_then|layer)\w+")
