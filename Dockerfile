# bin/ must hold the program for the platform: `make image` and `make archive` see to it, and give the arguments.
# docker's classic builder sets no TARGETARCH: give it --build-arg TARGETARCH=amd64.
FROM scratch
ARG TARGETARCH
ARG TARGETVARIANT
COPY bin/pause-linux-${TARGETARCH}${TARGETVARIANT} /pause

ARG VERSION=HEAD
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="pause" \
      org.opencontainers.image.description="Holds the namespaces of a Kubernetes pod and reaps its orphans" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.documentation="$SOURCE" \
      org.opencontainers.image.licenses="Apache-2.0 AND MIT"

# Nobody in particular: any uid will do, and the runtime may set another.
USER 65535:65535
ENTRYPOINT ["/pause"]
