#!/bin/bash
# release.sh push|release|verify: sends the archive to REGISTRY as pause:VERSION; sends and signs
# it; checks what was published. make gives the variables; README.md describes them.
set -eu -o pipefail
image=$REGISTRY/pause
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	echo "$*" >&2
	exit 1
}

# fetch_index: gets the index that VERSION names in the registry, and its digest as $published.
fetch_index() {
	skopeo inspect --raw --tls-verify="$TLS_VERIFY" "docker://$image:$VERSION" \
		>"$work/index" 2>"$work/error" && published=$(skopeo manifest-digest "$work/index")
}

# copy TAG OPTION...: sends one platform of the archive, or with --all the index, as TAG.
copy() {
	skopeo copy --quiet --preserve-digests --dest-tls-verify="$TLS_VERIFY" "${@:2}" \
		"oci:$work" "docker://$image:$1" ||
		die "$image:$1 was not pushed; $image:$VERSION is as it was: push again"
}

push() {
	local arch
	if [ "$OVERWRITE" != 1 ]; then
		if fetch_index; then
			[ "$published" = "$digest" ] ||
				die "$image:$VERSION is $published already: OVERWRITE=1 replaces it with $digest"
		else
			grep -qiE '(manifest|name|repository) unknown|not found' "$work/error" ||
				die "nothing was pushed to $REGISTRY: $(<"$work/error")"
		fi
	fi
	tar -xf "$ARCHIVE.tar" -C "$work"
	# Garbage collection takes a manifest that has no tag, even if an index names it. The index
	# comes last: until then VERSION names what it named before.
	for arch in $ARCHS; do
		case $arch in
		armv*) copy "$VERSION-$arch" --override-arch arm --override-variant "${arch#arm}" ;;
		*) copy "$VERSION-$arch" --override-arch "$arch" --override-variant "" ;;
		esac
	done
	copy "$VERSION" --all
	printf '%s@%s\n' "$image:$VERSION" "$digest" "$image" "$digest"
}

sign() { cosign "$1" --yes --key "$COSIGN_KEY" --tlog-upload=false "${offline[@]}" "${@:2}"; }
release() {
	[[ -n $REVISION && $COMMIT != *-dirty ]] ||
		die "nothing was pushed: this is no checkout, or it has changes that are in no commit"
	[ -n "$COSIGN_KEY" ] || die "nothing was pushed: COSIGN_KEY is not set"
	[ -n "${COSIGN_PASSWORD+set}" ] || read -rsp "The password of $COSIGN_KEY: " COSIGN_PASSWORD
	export COSIGN_PASSWORD
	cosign public-key --key "$COSIGN_KEY" >/dev/null 2>"$work/error" ||
		die "nothing was pushed: COSIGN_KEY=$COSIGN_KEY: $(grep ^Error "$work/error")"
	push
	sign sign "${options[@]}" --recursive "$image@$digest"
	sign attest "${options[@]}" --replace --type spdxjson --predicate "$ARCHIVE.spdx.json" \
		"$image@$digest"
	sign attest "${options[@]}" --replace --type slsaprovenance1 \
		--predicate "$ARCHIVE.provenance.json" "$image@$digest"
	sign sign-blob --output-signature bin/SHA256SUMS.sig bin/SHA256SUMS >/dev/null
}

check() {
	cosign "$1" --key "$COSIGN_PUB" --insecure-ignore-tlog "${options[@]}" "${@:2}" \
		2>"$work/error" || die "$image:$VERSION is refused: $(grep ^Error "$work/error")"
}
predicate() { jq -S '.payload | @base64d | fromjson | .predicate'; }
verify() {
	fetch_index || die "$image:$VERSION cannot be read: $(<"$work/error")"
	mapfile -t platforms < <(jq -r '.manifests[].digest' "$work/index")
	check verify "$image@$published" "${platforms[@]/#/$image@}" >/dev/null
	check verify-attestation --type spdxjson "$image@$published" >/dev/null
	check verify-attestation --type slsaprovenance1 "$image@$published" | predicate >"$work/theirs"
	jq -S . "$ARCHIVE.provenance.json" >"$work/ours"
	[ "$published" = "$digest" ] || {
		diff "$work/theirs" "$work/ours" >&2 || :
		die "$image:$VERSION is $published, but its rebuild is $digest"
	}
	[ "$(jq .buildDefinition.externalParameters "$work/theirs")" = \
		"$(jq .buildDefinition.externalParameters "$work/ours")" ] ||
		die "$image:$VERSION: its provenance tells of another source than $REVISION"
	echo "$image:$VERSION@$published is signed, and its rebuild from $REVISION is the same"
}

[ -n "$REGISTRY" ] || die "REGISTRY is not set: make $1 REGISTRY=host[:port][/path]"
options=() offline=()
[ "$TLS_VERIFY" = true ] || options=(--allow-http-registry --allow-insecure-registry)
# cosign 3 would ask Sigstore's servers what to do; a key pair needs none of them.
[ "$1" != release ] || ! cosign sign --help 2>&1 | grep -q use-signing-config ||
	offline=(--use-signing-config=false --new-bundle-format=false)
digest=$(tar -xOf "$ARCHIVE.tar" index.json | jq -r '.manifests[].digest')
"$1"
