# Starts the application on a free port, and Envoy in front of it on 127.0.0.1:$PORT.
# The application accepts one client certificate: that of Envoy, which is made here.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=gateway \
    -addext extendedKeyUsage=clientAuth -keyout gateway.key -out gateway.pem 2>/dev/null
BEHIND=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$CACHE/venv/bin/uvicorn" app:app --host 127.0.0.1 --port "$BEHIND" --no-access-log \
    --ssl-certfile certs/server.pem --ssl-keyfile certs/server.key \
    --ssl-ca-certs gateway.pem --ssl-cert-reqs 2 &
sed -i "s/port_value: 8443/port_value: $PORT/; s/port_value: 8000/port_value: $BEHIND/" envoy.yaml
# No request gets a 503 while the application starts.
until curl -s -o health --cacert certs/server-ca.pem --cert gateway.pem --key gateway.key \
    "https://localhost:$BEHIND/health"; do sleep 0.2; done
exec "$CHECKOUT/build/envoy/envoy/_bin/envoy" -c envoy.yaml --concurrency 1 --disable-hot-restart --log-level warning
