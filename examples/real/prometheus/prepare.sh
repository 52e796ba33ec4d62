# Prints the version.
prometheus --version | sed -n '1s/^prometheus, version \([^ ]*\).*/Prometheus \1/p'
