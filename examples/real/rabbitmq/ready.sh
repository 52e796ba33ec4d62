# Makes a queue, an exchange, a binding and a policy, so that there is something to read.
api() {
    curl -sf --retry 20 --retry-all-errors --retry-delay 1 -u guest:guest -o answer \
        --cacert certs/server-ca.pem --cert certs/alice.pem --key certs/alice.key \
        -H 'Content-Type: application/json' -X "$1" -d "$3" "https://localhost:$PORT/api/$2"
}
api PUT queues/%2F/orders '{"durable": true}'
api PUT exchanges/%2F/shop '{"type": "direct"}'
api POST bindings/%2F/e/shop/q/orders '{"routing_key": "order"}'
api PUT policies/%2F/short '{"pattern": "^orders$", "definition": {"max-length": 100}}'
