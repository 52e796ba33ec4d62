"""Names of the files in a folder that may be the configuration of a gateway: patterns of paths."""

NGINX_MAIN = "nginx.conf"
NGINX_PARTS = ("*.conf", "conf.d/*.conf", "sites-enabled/*", "http.d/*.conf")
"""Files of its servers alone."""
ENVOY_NAMES = ("envoy", "config_dump")
ENVOY_ENDINGS = (".yaml", ".yml", ".json")
HAPROXY_FILES = "*.cfg"
CADDY_NAMES = ("caddy.json", "autosave.json")
APACHE_MAIN = ("httpd.conf", "apache2.conf", "conf/httpd.conf")
APACHE_PARTS = ("*.conf", "conf.d/*.conf", "sites-enabled/*")

NGINX = (NGINX_MAIN, *NGINX_PARTS)
ENVOY = tuple(f"{name}{ending}" for name in ENVOY_NAMES for ending in ENVOY_ENDINGS)
HAPROXY = (HAPROXY_FILES,)
CADDY = CADDY_NAMES
APACHE = (*APACHE_MAIN, *APACHE_PARTS)

OF_GATEWAYS = (
    NGINX_MAIN,
    f"{ENVOY_NAMES[0]}{ENVOY_ENDINGS[0]}",
    HAPROXY_FILES,
    CADDY_NAMES[0],
    *APACHE_MAIN[:2],
)
"""Those that are named where a folder has none of them."""
