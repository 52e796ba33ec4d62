# Prints the version, and takes etcd's own document from its Debian package.
etcd --version | sed -n 's/^etcd Version: /etcd /p'
document=/usr/share/doc/etcd-server/dev-guide/apispec/swagger/rpc.swagger.json.gz
gzip -dc "$(sh -eu "$CHECKOUT/examples/real/debian-file.sh" etcd-server $document)" >rpc.swagger.json
