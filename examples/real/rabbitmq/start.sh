# Starts one node with its management plugin on 127.0.0.1:$PORT, and everything else on loopback.
sed -i "s/= 15671/= $PORT/" rabbitmq.conf
free() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
export HOME="$PWD/home" ERL_EPMD_ADDRESS=127.0.0.1
mkdir -p home
RABBITMQ_DIST_PORT=$(free) ERL_EPMD_PORT=$(free)
export RABBITMQ_DIST_PORT ERL_EPMD_PORT
export RABBITMQ_NODENAME=specdrift@localhost RABBITMQ_MNESIA_BASE="$PWD/data" RABBITMQ_LOGS=-
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
export RABBITMQ_CONFIG_FILE="$PWD/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$PWD/enabled_plugins"
# Not the daemon that the node would start: it would outlive the node.
epmd -address 127.0.0.1 &
# The program itself: Debian's wrapper changes the user, who could not read this folder.
exec /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server
