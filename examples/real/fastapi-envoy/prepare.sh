# Prints the version, and lets the application write its document.
# `./dev test tests/servers` installs Envoy's wheel; FastAPI comes from PyPI.
envoy=$CHECKOUT/build/envoy/envoy/_bin/envoy
if [ ! -x "$envoy" ]; then
    echo "Envoy is not installed: ./dev real installs it where PyPI has a wheel"
    exit 69
fi
if [ ! -x "$CACHE/venv/bin/uvicorn" ]; then
    "$PYTHON" -m venv "$CACHE/venv"
    "$CACHE/venv/bin/python" -m pip install --quiet fastapi uvicorn >&2
fi
"$CACHE/venv/bin/python" - <<'END'
import json, fastapi, app
print(f"FastAPI {fastapi.__version__} behind Envoy")
with open("openapi.json", "w") as document:
    json.dump(app.app.openapi(), document, indent=2)
END
