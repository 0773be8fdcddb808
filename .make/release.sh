#!/bin/bash
# release.sh push|release|verify: sends the archive to REGISTRY as pause:VERSION; sends and signs
# it; checks what was published. make gives the variables; .github/CONTRIBUTING.md describes them.
#
# First comes everything by its digest, then signatures and attestations, then the tags, VERSION
# last. What is there already is not sent again: the same command finishes a release that was cut
# off, and the registry may refuse to change a tag.
set -eu -o pipefail
image=$REGISTRY/pause attachments=${COSIGN_REPOSITORY:-$REGISTRY/pause}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
state="nothing was pushed"

die() {
	echo "$*" >&2
	exit 1
}

# error: what the last command said; fail: says what is there, and this.
error() {
	grep -m 1 ^Error "$work/error" || sed -n '$s/.*level=fatal msg="\(.*\)"$/\1/; $p' "$work/error"
}
fail() { die "$state: $(error)"; }

# read_archive: sets digest, and of each tag and what it is to name: tags, digests. Garbage
# collection takes a manifest that has no tag, even if an index names it: each platform has one.
read_archive() {
	mkdir -p "$work/image"
	tar -xf "$ARCHIVE.tar" -C "$work/image"
	digest=$(jq -r '.manifests[].digest' "$work/image/index.json")
	tags=("$VERSION") digests=("$digest")
	local platform manifest
	while read -r platform manifest; do
		tags+=("$VERSION-$platform") digests+=("$manifest")
	done < <(jq -r '.manifests[] | "\(.platform | .architecture + .variant) \(.digest)"' \
		"$work/image/blobs/${digest/://}")
}

# inspect NAME: gets the manifest that the registry has of NAME, :TAG or @DIGEST.
inspect() {
	skopeo inspect --raw --tls-verify="$TLS_VERIFY" "docker://$image$1" \
		>"$work/manifest" 2>"$work/error"
}

# look TAG: sets there to the digest that TAG names, "" if it is certainly absent. Fails if the
# registry does not tell: some answer 403 for what does not exist.
look() {
	there=
	if inspect ":$1"; then
		there=$(skopeo manifest-digest "$work/manifest")
	elif ! is_absent "$work/error"; then
		if skopeo list-tags --tls-verify="$TLS_VERIFY" "docker://$image" >"$work/tags" \
			2>"$work/tags.error"; then
			jq -e --arg tag "$1" '.Tags | index($tag) == null' "$work/tags" >/dev/null
		else
			is_absent "$work/tags.error"
		fi
	fi
}
is_absent() {
	grep -qiE -e '(manifest|name|repository) unknown|not known to registry|Code: 404' \
		-e '(artifact|repository) .*not found' "$1"
}

# plan: sets missing to the tags to send, as indexes, VERSION last; unknown to one of which the
# registry does not tell. Refuses to replace a tag.
plan() {
	local i
	missing=() unknown=
	for i in "${!tags[@]}"; do
		if look "${tags[i]}"; then
			[ "$there" != "${digests[i]}" ] || continue
			[[ -z $there || $OVERWRITE = 1 ]] || die "$image:${tags[i]} is $there already:" \
				"OVERWRITE=1 replaces it with ${digests[i]}"
		elif [ "$OVERWRITE" != 1 ]; then
			unknown=${unknown:-${tags[i]}}
		fi
		missing=("$i" "${missing[@]}")
	done
}

# copy FROM NAME: sends the manifest FROM, and all that it names, as NAME, :TAG or @DIGEST.
copy() {
	skopeo copy --quiet --all --preserve-digests --src-tls-verify="$TLS_VERIFY" \
		--dest-tls-verify="$TLS_VERIFY" "$1" "docker://$image$2" 2>"$work/error"
}

again="; $image:$VERSION is as it was, and the same command goes on"
push_digests() {
	plan
	state="$image@$digest was not pushed$again"
	inspect "@$digest" || copy "oci:$work/image" "@$digest" || fail
}
push_tags() {
	local i
	plan
	[ -z "$unknown" ] || die "$state, with OVERWRITE=1 if you know that $image:$unknown is not" \
		"there: the registry does not tell: $(error)"
	for i in "${missing[@]}"; do
		copy "docker://$image@${digests[i]}" ":${tags[i]}" || fail
	done
	printf '%s@%s\n' "$image:$VERSION" "$digest" "$image" "$digest"
}
push() {
	read_archive
	push_digests
	state="$image@$digest is there, but not all of its tags$again"
	push_tags
}

# sign and check COMMAND OPTION...: cosign's COMMAND, with the key or identity.
sign() { cosign "$1" --yes "${signer[@]}" "${format[@]}" "${@:2}" 2>"$work/error" || fail; }
check() { cosign "$1" "${trusted[@]}" "${insecure[@]}" "${@:2}" 2>"$work/error"; }

# use_key, use_identity: set what sign and check need.
use_key() {
	# A key of a KMS has no password; one in the environment has.
	if [[ -z ${COSIGN_PASSWORD+set} && ($COSIGN_KEY != *://* || $COSIGN_KEY = env://*) ]]; then
		[ -t 0 ] || die "$state: COSIGN_PASSWORD, of COSIGN_KEY=$COSIGN_KEY, is not set," \
			"and no terminal is here to ask"
		read -rsp "The password of $COSIGN_KEY: " COSIGN_PASSWORD
		export COSIGN_PASSWORD
	fi
	cosign public-key --key "$COSIGN_KEY" >"$work/key" 2>"$work/error" ||
		die "$state: COSIGN_KEY=$COSIGN_KEY: $(error)"
	signer=(--key "$COSIGN_KEY" --tlog-upload=false)
	trusted=(--key "$work/key" --insecure-ignore-tlog)
}
use_identity() {
	[ -n "$COSIGN_IDENTITY" ] ||
		die "$state: COSIGN_IDENTITY, which the certificate will name, is not set"
	signer=()
	trusted=(--certificate-identity "$COSIGN_IDENTITY" --certificate-oidc-issuer "$COSIGN_ISSUER")
}

# lacks SUFFIX DIGEST: the registry certainly has no attachment of DIGEST with this suffix.
lacks() { image=$attachments look "${2/:/-}.$1" && [ -z "$there" ]; }

push_signatures() {
	local digest unsigned=() signed=()
	for digest in "${digests[@]}"; do
		if lacks sig "$digest"; then
			unsigned+=("$image@$digest")
		else
			signed+=("$image@$digest")
		fi
	done
	# Signed by another key is not signed.
	[ ${#signed[@]} = 0 ] || check verify "${signed[@]}" >/dev/null ||
		for digest in "${signed[@]}"; do
			check verify "$digest" >/dev/null || unsigned+=("$digest")
		done
	[ ${#unsigned[@]} = 0 ] || sign sign "${insecure[@]}" "${unsigned[@]}"
}

# predicates TYPE: those of the attestations of TYPE, checked, one a line.
predicates() {
	check verify-attestation --type "$1" "$image@${2-$digest}" |
		jq -cS '.payload | @base64d | fromjson | .predicate'
}

# blob: stores stdin in the layout of the attestations, and prints its descriptor.
blob() {
	cat >"$work/blob"
	local sum size
	sum=$(sha256sum <"$work/blob") size=$(wc -c <"$work/blob")
	mv "$work/blob" "$work/attestations/blobs/sha256/${sum%% *}"
	echo '{"digest": "sha256:'"${sum%% *}"'", "size": '"$size"'}'
}

# attach: sends the envelopes on stdin in one manifest, as `cosign attest` would in several steps,
# each of which replaces the tag.
attach() {
	mkdir -p "$work/attestations/blobs/sha256"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$work/attestations/oci-layout"
	local envelope layers config manifest
	layers=$(while read -r envelope; do
		printf %s "$envelope" | blob | jq -c --argjson envelope "$envelope" '{
			mediaType: "application/vnd.dsse.envelope.v1+json", digest, size,
			annotations: { "dev.cosignproject.cosign/signature": "",
				predicateType: ($envelope.payload | @base64d | fromjson | .predicateType) } }'
	done | jq -cs .)
	config=$(jq -c '{ architecture: "", os: "", config: {},
		rootfs: { type: "layers", diff_ids: map(.digest) } }' <<<"$layers" | blob)
	manifest=$(jq -cn --argjson config "$config" --argjson layers "$layers" '{ schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json", $layers,
		config: ({ mediaType: "application/vnd.oci.image.config.v1+json" } + $config) }' | blob)
	jq -c '{ schemaVersion: 2, manifests:
		[{ mediaType: "application/vnd.oci.image.manifest.v1+json" } + .] }' \
		<<<"$manifest" >"$work/attestations/index.json"
	image=$attachments copy "oci:$work/attestations" ":${digest/:/-}.att" || fail
}

# push_attestations: SBOM, provenance and, if there is one, VEX.
push_attestations() {
	local type files=() missing=()
	for type in spdxjson:spdx slsaprovenance1:provenance openvex:openvex; do
		[ ! -e "$ARCHIVE.${type#*:}.json" ] || files+=("$type")
	done
	for type in "${files[@]}"; do
		if lacks att "$digest" || ! predicates "${type%:*}" >"$work/theirs" ||
			! grep -qxF "$(jq -cS . "$ARCHIVE.${type#*:}.json")" "$work/theirs"; then
			missing+=("$type")
		fi
	done
	if [ "$KEYLESS" = 1 ]; then # the certificates are known to cosign alone
		for type in "${missing[@]}"; do attest "$type" --replace; done
	elif [ ${#missing[@]} -gt 0 ]; then
		for type in "${files[@]}"; do attest "$type" --no-upload; done >"$work/envelopes"
		attach <"$work/envelopes"
	fi
	cosign download attestation "${insecure[@]}" "$image@$digest" >"$ARCHIVE.intoto.jsonl" \
		2>"$work/error" || fail
}
attest() {
	sign attest "${insecure[@]}" --type "${1%:*}" --predicate "$ARCHIVE.${1#*:}.json" "${@:2}" \
		"$image@$digest"
}

release() {
	[[ -n $REVISION && $COMMIT != *-dirty ]] ||
		die "$state: this is no checkout, or it has changes that are in no commit"
	[[ -n $COSIGN_KEY || $KEYLESS = 1 ]] ||
		die "$state: COSIGN_KEY is not set; without a key, KEYLESS=1 signs as COSIGN_IDENTITY"
	if [ "$KEYLESS" = 1 ]; then
		use_identity
		sign sign-blob --new-bundle-format --bundle bin/SHA256SUMS.sigstore.json bin/SHA256SUMS
	else
		use_key
		sign sign-blob --output-signature bin/SHA256SUMS.sig bin/SHA256SUMS
	fi >/dev/null
	read_archive
	push_digests
	state="$image@$digest is there, but not all of its signatures$again"
	push_signatures
	state="$image@$digest is there and signed, without all of its attestations$again"
	push_attestations
	state="$image@$digest is there, signed and attested, but not all of its tags$again"
	push_tags
}

refused() { die "$image:$VERSION is refused: $(error)"; }
verify() {
	local published platforms
	if [ -n "$COSIGN_IDENTITY" ]; then
		use_identity
	else
		trusted=(--key "$COSIGN_PUB" --insecure-ignore-tlog)
	fi
	inspect ":$VERSION" || die "$image:$VERSION cannot be read: $(error)"
	published=$(skopeo manifest-digest "$work/manifest")
	mapfile -t platforms < <(jq -r '.manifests[].digest' "$work/manifest")
	check verify "$image@$published" "${platforms[@]/#/$image@}" >/dev/null || refused
	predicates spdxjson "$published" >/dev/null || refused
	predicates slsaprovenance1 "$published" >"$work/theirs" || refused

	# The rebuild names the source and the builder that were published: the labels have them.
	SOURCE=$(jq -r .buildDefinition.externalParameters.SOURCE "$work/theirs")
	BUILDER=$(jq -r .runDetails.builder.id "$work/theirs")
	[[ $SOURCE$BUILDER =~ ^[[:alnum:]._~:/?@!%\&=+,-]*$ ]] ||
		die "$image:$VERSION is refused: SOURCE=$SOURCE BUILDER=$BUILDER in its provenance is no URI"
	make -s archive SOURCE="$SOURCE" BUILDER="$BUILDER" >&2 || die "$image:$VERSION is signed;" \
		"it was not rebuilt"
	read_archive
	jq -S . "$work/theirs" >"$work/theirs.pretty"
	jq -S . "$ARCHIVE.provenance.json" >"$work/ours"
	[ "$published" = "$digest" ] || {
		diff "$work/theirs.pretty" "$work/ours" >&2 || :
		die "$image:$VERSION is $published, but its rebuild is $digest"
	}
	[ "$(jq .buildDefinition.externalParameters "$work/theirs")" = \
		"$(jq .buildDefinition.externalParameters "$work/ours")" ] ||
		die "$image:$VERSION: its provenance tells of another source than $REVISION"
	echo "$image:$VERSION@$published is signed, and its rebuild from $REVISION is the same"
}

[ -n "$REGISTRY" ] || die "REGISTRY is not set: make $1 REGISTRY=host[:port][/path]"
insecure=() format=()
[ "$TLS_VERIFY" = true ] || insecure=(--allow-http-registry --allow-insecure-registry)
# The format of cosign 2, which cosign 3, containers-policy.json and others read as well. It needs
# no answer from Sigstore's servers.
[[ $1 != release || $(cosign sign --help 2>&1) != *use-signing-config* ]] ||
	format=(--use-signing-config=false --new-bundle-format=false)
"$1"
