# Starts Prometheus on 127.0.0.1:$PORT; it scrapes itself with alice's certificate.
sed -i "s/localhost:9090/localhost:$PORT/" prometheus.yml
exec prometheus --config.file=prometheus.yml --web.config.file=web.config.yml \
    --web.listen-address="127.0.0.1:$PORT" --storage.tsdb.path=data
