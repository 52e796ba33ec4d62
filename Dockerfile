# The image of specdrift: a virtual environment in a slim Python, without pip in it. It runs as any user, on a
# read-only root; only /tmp must be writable. docs/ci/container.md says how to run it.
#
# The base is pinned: an update changes tag and digest together.
ARG BASE=docker.io/library/python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${BASE} AS build
WORKDIR /src
COPY requirements/runtime.lock requirements/
# Dependencies by their hashes, none of them compiled here: no name of an index is resolved, no setup script runs.
RUN python -I -m venv --without-pip /opt/specdrift \
    && python -I -m pip --python /opt/specdrift/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --require-hashes --only-binary :all: --requirement requirements/runtime.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY specdrift specdrift
COPY templates templates
RUN python -I -m pip --python /opt/specdrift/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-index --no-deps --no-build-isolation /src

FROM ${BASE}
LABEL org.opencontainers.image.title="specdrift" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/specdrift /opt/specdrift
ENV PATH="/opt/specdrift/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE="1"
WORKDIR /work
# A number: Kubernetes' runAsNonRoot cannot judge a name.
USER 65532:65532
ENTRYPOINT ["/opt/specdrift/bin/specdrift"]
