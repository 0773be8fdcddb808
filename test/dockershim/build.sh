#!/bin/bash
# build.sh FILE: builds into FILE the kubelet of Kubernetes 1.20.2, the last one that Debian has the
# source of. Its Go files are older than modules: they build in a GOPATH.
set -eu
file=$(realpath -m "$1")
export GOPATH=$file.go GO111MODULE=off GOFLAGS="" CGO_ENABLED=0
export GOGC=400              # less garbage collection in the compiler
export GOCACHE=$GOPATH/cache # 1 GB, and of no use for anything else
source=$GOPATH/src/k8s.io/kubernetes
trap 'rm -rf "$GOPATH"' EXIT
"${0%/*}/../kernels/fetch.sh" "$source" bookworm source kubernetes
cd "$source"
# Without the clouds' clients, and with nothing for debuggers.
go build -o "$file" -tags providerless -gcflags=all=-dwarf=false -ldflags "-s -w" \
	k8s.io/kubernetes/cmd/kubelet
