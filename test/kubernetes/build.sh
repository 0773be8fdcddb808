#!/bin/bash
# build.sh FILE [VERSION]: builds the tool of go.mod that FILE is named after, from the module that
# go.mod requires or from that VERSION of it. FILE may end in the version: kubelet-v1.36.3.
# etcd is the one that Kubernetes' own go.mod requires, and is built in the tree of kubeadm.
set -eu -o pipefail
export GOWORK=off GOGC=400 CGO_ENABLED=0 # GOGC=400: less garbage collection in the compiler
mkdir -p "$(dirname "$1")"
file=$(realpath "$1") program=${1##*/}
program=${program%-v[0-9]*.*}
cd "${MODULE:-${BASH_SOURCE[0]%/*}}"

need=go$(sed -n 's/^go //p' go.mod)
have=$(go env GOVERSION 2>/dev/null) || have=
printf '%s\n' "$need" "$have" | sort --check=quiet --version-sort || {
	echo "$program: $need or newer is required, and ${have:-no Go} is here" >&2
	exit 1
}
package=$(grep -xP "\t[^ ]*/${program/#etcd/kubeadm}" go.mod) package=${package#?}
read -r module version < <(awk -v package="$package/" '$2 && index(package, $1 "/") == 1' go.mod)
version=${2:-$version}
echo "build $program $version"
work=$(mktemp -d)
exec 3>&2 >"$work/log" 2>&1
trap '[ $? = 0 ] || cat "$work/log" >&3; rm -rf "$work"' EXIT

go mod download "$module@$version" # go.sum has its hash, else Go's database of hashes
cd "$(go list -m -f '{{.Dir}}' "$module@$version")"
build=(build) mode=(-mod=readonly)
case $program in
critest | integration) build=(test -c -vet=off) ;; # containerd's suite does not pass vet
runc) export CGO_ENABLED=1 ;;                      # libseccomp
kube* | etcd)
	# Kubernetes' go.mod takes 30 modules from directories of its repository, which its module lacks.
	sed "s,=> ./staging/src/\(.*\),=> \1 v0${version#v1}," go.mod >"$work/go.mod"
	cat go.sum >"$work/go.sum"
	mode=(-mod=mod -modfile="$work/go.mod")
	;;
esac
[ "$program" != etcd ] || package=go.etcd.io/etcd/server/v3
# Static: the node needs no libraries for them. -s -w and -dwarf=false: nothing for debuggers.
go "${build[@]}" "${mode[@]}" -buildvcs=false -o "$file" -gcflags=all=-dwarf=false \
	-tags no_btrfs,no_devmapper,no_zfs,seccomp,netgo,osusergo \
	-ldflags "-s -w -extldflags -static -X k8s.io/component-base/version.gitVersion=$version" \
	"$package"
