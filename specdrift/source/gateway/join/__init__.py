"""What gateways decide, compared with the document and with the service behind."""
