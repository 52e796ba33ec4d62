"""Collections of requests that people keep for their API clients: Postman, Insomnia, Bruno, ``.http`` files. Pure."""
