# Prints the version.
echo "RabbitMQ $(dpkg-query --show --showformat='${Version}' rabbitmq-server | sed 's/-.*//')"
