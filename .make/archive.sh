#!/bin/bash
# archive.sh: writes ARCHIVE.tar with the images of the programs for ARCHS, and with DOCUMENTS=1 its
# documents beside it. make gives the variables. The same variables give the same bytes.
set -eu -o pipefail
. .make/oci.sh

reproducible=(--format=ustar --sort=name "--mtime=@$SOURCE_DATE_EPOCH" --owner=0
	--group=0 --numeric-owner)
pack() { tar --create "${reproducible[@]}" "$@"; }

# GNU tar and gzip made the digests that were signed; other tools may write other bytes.
known=ab3c4f1e45bf5a7b
seq 3000 >"$OCI/probe"
probe=$(pack --mtime=@0 --mode=0644 --directory "$OCI" probe | gzip -9n | sha256sum)
rm "$OCI/probe"
[[ $probe == "$known"* ]] || {
	echo "this tar or gzip writes other bytes than GNU's, so the digest would be another:" \
		"install GNU tar and gzip" >&2
	exit 1
}

read -ra platforms <<<"$ARCHS"
read -ra libcs <<<"$LIBC_FILES"
annotations=$(jq -cn '{title: "pause",
		description: "Holds a Kubernetes pod\u0027s namespaces and reaps its orphans",
		version: env.VERSION, revision: env.REVISION, source: env.SOURCE,
		licenses: "Apache-2.0 AND MIT"}
	| with_entries(select(.value != "") | .key |= "org.opencontainers.image." + .)')
config=$(jq -cn --argjson labels "$annotations" '
	(env.SOURCE_DATE_EPOCH | tonumber | todate) as $created
	| {$created, config: {User: "65535:65535", Entrypoint: ["/pause"], Labels: $labels},
		history: [{$created, created_by: "COPY pause /pause"}]}')
name=$IMAGE:$VERSION
for arch in "${platforms[@]}"; do
	layer=$(pack --mode=0755 --transform='s,.*,pause,' "bin/pause-linux-$arch" | layer 9)
	names=("$name-$arch")
	[ "$arch" != "$ARCHS" ] || names+=("$name")
	image "$arch" "$layer" "$config" "${names[@]}"
done | index "{\"annotations\": $annotations}" | blob index.v1+json | named "$name" |
	write_archive "$ARCHIVE.tar" "${reproducible[@]}" --mode=u=rwX,go=rX
digest=$(tar -xOf "$ARCHIVE.tar" index.json | jq -r '.manifests[].digest')
echo "$ARCHIVE.tar: $name@$digest"
[ -n "${DOCUMENTS-}" ] || exit 0

# The programs, and the compiler, most of which is in LLVM's shared libraries.
mapfile -t programs < <(printf 'bin/pause-linux-%s\n' "${platforms[@]}")
mapfile -t compiler < <(command -v "clang$SUFFIX" "ld.lld$SUFFIX")
mapfile -t -O 2 compiler < <(ldd "${compiler[@]}" |
	sed -nE 's,.*=> (/.*(clang|LLVM).*) .*,\1,p' | sort -u)
CLANG_VERSION=$("clang$SUFFIX" --version | sed -n '1s/.* version //p')
export CLANG_VERSION
{
	sha1sum "${programs[@]}" | cut -c -40 | sort | tr -d '\n' | sha1sum # SPDX's verification code
	sha1sum "${programs[@]}"
	sha256sum "${programs[@]}" "${compiler[@]}"
} >"$OCI/sums"
rm -f "$ARCHIVE".*.json
for document in spdx provenance; do
	jq -cnR -L .make "include \"$document\"; document" <"$OCI/sums" >"$ARCHIVE.$document.json"
done
if [ -n "$LIBC_FILES" ]; then
	DIGESTS=$(jq -r '.manifests[].digest' "$OCI/index.json" "$OCI/blobs/${digest/://}")
	export DIGESTS
	printf '%s\n' "${libcs[@]}" | xargs -L 1 ar t |
		jq -cnR -L .make 'include "vex"; document' >"$OCI/vex"
	mv "$OCI/vex" "$ARCHIVE.openvex.json"
else
	echo "no VEX is written: this musl is not the pinned one"
fi
