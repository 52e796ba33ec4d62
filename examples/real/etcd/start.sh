# Starts one member on 127.0.0.1:$PORT; it has no peers.
exec etcd --name one --data-dir data \
    --listen-client-urls "https://127.0.0.1:$PORT" --advertise-client-urls "https://127.0.0.1:$PORT" \
    --listen-peer-urls http://127.0.0.1:0 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster one=http://127.0.0.1:2380 \
    --cert-file certs/server.pem --key-file certs/server.key \
    --client-cert-auth --trusted-ca-file certs/client-ca.pem
