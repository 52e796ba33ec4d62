# Starts dockerd on 127.0.0.1:$PORT; its files stay in this folder, and it changes no network of the machine.
# It contacts no registry: plugins and images are asked for there.
export HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9
exec dockerd --host "tcp://127.0.0.1:$PORT" \
    --tlsverify --tlscacert certs/client-ca.pem --tlscert certs/server.pem --tlskey certs/server.key \
    --data-root "$PWD/data" --exec-root "$PWD/exec" --pidfile "$PWD/dockerd.pid" --config-file "$PWD/daemon.json"
