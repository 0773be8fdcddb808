# `docker build -t pause .` needs nothing built before. With --platform, the machine that builds
# compiles for the other. VERSION is what `pause -v` prints.
ARG BASE=docker.io/library/debian:13.1-slim
# The classic builder does not know BUILDPLATFORM.
FROM --platform=${BUILDPLATFORM:-linux} $BASE AS build
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends make >/dev/null
WORKDIR /src
COPY . .
RUN make deps build/musl.tree >/dev/null
ARG TARGETARCH TARGETVARIANT VERSION=HEAD
# arm64's variant is v8 or none. The classic builder tells neither.
RUN arch=$TARGETARCH${TARGETVARIANT#v8}; arch=${arch:-$(make -s print-HOST)}; \
    make ARCH="$arch" VERSION="$VERSION" && mv "bin/pause-linux-$arch" /pause

FROM scratch
ARG VERSION=HEAD
COPY --from=build /pause /pause
LABEL org.opencontainers.image.title="pause" \
  org.opencontainers.image.description="Holds a Kubernetes pod's namespaces and reaps its orphans" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.licenses="Apache-2.0 AND MIT"
# Nobody in particular: any uid will do, and the runtime may set another.
USER 65535:65535
ENTRYPOINT ["/pause"]
