"""The members of an HTTP connection manager that decide about no request, or are evaluated."""

from specdrift.source.gateway.yaml_nodes import YamlNode

_EVALUATED = """
@type rds route_config scoped_routes http_filters forward_client_cert_details set_current_client_cert_details
upgrade_configs normalize_path merge_slashes path_with_escaped_slashes_action
"""
_HARMLESS = """
codec_type stat_prefix add_user_agent tracing common_http_protocol_options http1_safe_max_connection_duration
http_protocol_options http2_protocol_options http3_protocol_options server_name server_header_transformation
scheme_header_transformation max_request_headers_kb stream_idle_timeout stream_flush_timeout request_timeout
request_headers_timeout drain_timeout delayed_close_timeout access_log access_log_flush_interval
flush_access_log_on_new_request access_log_options use_remote_address xff_num_trusted_hops
original_ip_detection_extensions internal_address_config skip_xff_append via generate_request_id
preserve_external_request_id always_set_request_id_in_response proxy_100_continue
represent_ipv4_remote_address_as_ipv4_mapped_ipv6 request_id_extension local_reply_config strip_matching_host_port
strip_any_host_port stream_error_on_invalid_http_message strip_trailing_host_dot proxy_status_config
append_x_forwarded_port append_local_overload add_proxy_protocol_connection_state idle_timeout
"""
UNDERSTOOD = frozenset((*_EVALUATED.split(), *_HARMLESS.split()))
"""Others may change the path or the headers before the route is chosen."""


def without_port(host: str) -> str:
    """Return a host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def host_of(manager: YamlNode, host: str) -> str:
    """Return the host of a request after the manager has changed it. A port of another listener is kept as well."""
    if manager.get("strip_any_host_port").flag or manager.get("strip_matching_host_port").flag:
        host = without_port(host)
    if manager.get("strip_trailing_host_dot").flag:
        name, colon, port = host.partition(":")
        host = f"{name.removesuffix('.')}{colon}{port}"
    return host


def not_understood(manager: YamlNode) -> tuple[str, YamlNode] | None:
    """Return a member that may decide and is not evaluated."""
    return next(((name, node) for name, node in manager.members() if name not in UNDERSTOOD), None)
