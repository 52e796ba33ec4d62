# Waits for the first scrape, without which no label has a value.
url="https://localhost:$PORT/api/v1/label/job/values"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    curl -s --cacert certs/server-ca.pem --cert certs/alice.pem --key certs/alice.key "$url" | grep -q prometheus && exit 0
    sleep 1
done
echo "Prometheus did not scrape itself" >&2
exit 1
