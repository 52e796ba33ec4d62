# Starts the server with its monitoring port at 127.0.0.1:$PORT.
export MONITORING="127.0.0.1:$PORT"
exec nats-server --config nats.conf
