#!/usr/bin/env bats
# A release, to registries that behave as those of users do. It needs no server of Sigstore's. The
# skopeo of Debian 12 knows no Sigstore: the test of containers-policy.json needs that of 13.
# shellcheck disable=SC2016,SC2030,SC2031 # the fakes have variables of their own, and each test
load ../runtimes/helper
export REGISTRY=127.0.0.1:5001/infra TLS_VERIFY=false OVERWRITE="" COSIGN_PASSWORD=secret COMMIT=""
export COSIGN_KEY=/run/cosign.key COSIGN_PUB=/run/cosign.pub ARCHIVE=${ARCHIVE%.tar} KEYLESS=""
export FULL=$ARCHIVE COSIGN_IDENTITY="" COSIGN_ISSUER=https://issuer.example
store=/run/registry/docker/registry/v2

setup_file() {
	cd "$TOP" || return
	start_registry
	echo 'user:{PLAIN}secret' >/run/registry.htpasswd
	start_daemon nginx -c "$TOP/test/release/registry.conf" -g "daemon off;"
	cosign generate-key-pair --output-key-prefix /run/cosign
	cosign generate-key-pair --output-key-prefix /run/other
	make_small
	wait_until curl --silent --fail http://127.0.0.1:5001/v2/
}
teardown_file() { stop_daemon nginx && stop_registry; }
# setup: a path of its own in the registry, and a make that finds all built.
setup() {
	cd "$TOP" || return
	image=$REGISTRY/pause
	fake make 'case "$*" in *archive*) echo "$*" >>/run/make.log ;; *) exec /usr/bin/make "$@" ;; esac'
}

# make_small: makes /run/small.tar, an archive of the first platform alone, with its documents.
make_small() {
	local index manifest
	mkdir /run/small
	tar -xf "$ARCHIVE.tar" -C /run/small
	index=/run/small/blobs/$(jq -r '.manifests[].digest' /run/small/index.json | tr : /)
	jq -c '.manifests |= .[:1]' "$index" >/run/small/index
	manifest=$(sha256sum </run/small/index | cut -c -64)
	mv /run/small/index "/run/small/blobs/sha256/$manifest"
	jq -c --arg digest "sha256:$manifest" --argjson size "$(stat -c %s "${index%/*}/$manifest")" \
		'.manifests[] += {$digest, $size}' /run/small/index.json >/run/index.json
	mv /run/index.json /run/small
	tar -cf /run/small.tar -C /run/small .
	for document in spdx provenance openvex; do
		cp "$ARCHIVE.$document.json" "/run/small.$document.json"
	done
}

# use PORT PATH: the release of the small archive to another registry or path.
use() {
	export REGISTRY=127.0.0.1:$1/$2 ARCHIVE=/run/small
	image=$REGISTRY/pause
}
# tags: the directory of the tags; digest TAG: what TAG names; blob TAG: the file that holds it.
tags() { echo "$store/repositories/${REGISTRY#*/}/pause/_manifests/tags"; }
digest() { cat "$(tags)/$1/current/link"; }
blob() { digest "$1" | sed "s,sha256:\(..\),$store/blobs/sha256/\1/\1,; s,$,/data,"; }
archive_digest() {
	tar -xOf "$ARCHIVE.tar" --wildcards '*index.json' | jq -r '.manifests[].digest'
}
count_writes() { grep -cE '"(PUT|POST|PATCH) ' /run/log/nginx-access.log; }

@test "a release tags and signs every platform; another one sends nothing" {
	run -0 .make/release.sh release
	index=$(archive_digest)
	assert_equal "$(digest "$VERSION")" "$index"
	assert_line "$image:$VERSION@$index"
	assert_line "$image@$index"
	run -0 ls "$(tags)"
	for platform in $ARCHS; do assert_line "$VERSION-$platform"; done
	read -ra platforms <<<"$ARCHS"
	# Platforms and index, with a signature each, and attestations.
	assert_equal ${#lines[@]} $((2 * (${#platforms[@]} + 1) + 1))
	assert_equal "$(jq '.layers | length' "$(blob "${index/:/-}.att")")" 3
	assert_equal "$(wc -l <"$ARCHIVE.intoto.jsonl")" 3

	before=$(count_writes)
	run -0 .make/release.sh release
	assert_equal "$(count_writes)" "$before"
}

@test "the README's command verifies the image, its attestations, and asks make for the rebuild" {
	# shellcheck disable=SC2162 # a backslash joins two lines; the node has no use for deps
	read -a command < <(sed -n '/^make deps verify /,$p' README.md)
	[[ ${command[*]} == *COSIGN_IDENTITY=* ]] || fail "not whole: ${command[*]}"
	run -0 make "${command[@]:2}" REGISTRY="$REGISTRY" VERSION="$VERSION" COSIGN_IDENTITY="" \
		COSIGN_PUB="$COSIGN_PUB"
	assert_output --partial "is signed, and its rebuild from $REVISION is the same"
	run -0 cosign verify-blob --key "$COSIGN_PUB" --insecure-ignore-tlog \
		--signature bin/SHA256SUMS.sig bin/SHA256SUMS
}

@test "containers-policy.json, which CRI-O and Podman obey, takes the image by its key" {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir registries.d
	echo "docker: {$REGISTRY: {use-sigstore-attachments: true}}" >registries.d/infra.yaml
	pull() { # KEY IDENTITY
		echo '{"default": [{"type": "reject"}], "transports": {"docker": {"'"$image"'":
			[{"type": "sigstoreSigned", "keyPath": "'"$1"'", "signedIdentity": {"type": "'"$2"'"}}]}}}' \
			>policy.json
		skopeo --policy policy.json --registries.d registries.d copy --src-tls-verify=false \
			"docker://$image:$VERSION" dir:image
	}
	run -0 pull "$COSIGN_PUB" matchRepository
	assert_refused "Source image rejected" pull /run/other.pub matchRepository
	assert_refused "Source image rejected" pull "$COSIGN_PUB" matchRepoDigestOrExact
}

@test "verify rebuilds with the source and the builder that were published" {
	use 5001 builder
	export ARCHIVE=/run/sourced
	for file in tar spdx.json; do cp "/run/small.$file" "$ARCHIVE.$file"; done
	jq -c '.buildDefinition.externalParameters.SOURCE = "https://git.example/pause" |
		.runDetails.builder.id = "https://ci.example/1"' /run/small.provenance.json \
		>"$ARCHIVE.provenance.json"
	run -0 .make/release.sh release
	run -0 .make/release.sh verify
	run -0 tail -n 1 /run/make.log
	assert_output --partial "SOURCE=https://git.example/pause BUILDER=https://ci.example/1"
}

@test "garbage collection takes nothing of it" {
	run -0 docker-registry garbage-collect --delete-untagged test/runtimes/registry.yml
	run -0 .make/release.sh verify
	for platform in $ARCHS; do assert_file_exists "$(blob "$VERSION-$platform")"; done
}

@test "another key, another rebuild, a changed byte, and no signature are each refused" {
	COSIGN_PUB=/run/other.pub assert_refused "is refused" .make/release.sh verify
	sed 's/$/ /' bin/SHA256SUMS >/run/SHA256SUMS
	assert_refused "invalid signature" cosign verify-blob --key "$COSIGN_PUB" \
		--insecure-ignore-tlog --signature bin/SHA256SUMS.sig /run/SHA256SUMS

	sed 's/"REVISION":"/&other/' "$ARCHIVE.provenance.json" >/run/rebuild.provenance.json
	cp /run/small.tar /run/rebuild.tar
	ARCHIVE=/run/rebuild assert_refused "but its rebuild is $(ARCHIVE=/run/small archive_digest)" \
		.make/release.sh verify
	assert_output --partial '"REVISION": "other' # the reason

	sed -i.right 's/pause/Pause/' "$(blob "$VERSION")"
	assert_refused "is refused" .make/release.sh verify
	mv "$(blob "$VERSION").right" "$(blob "$VERSION")"
	signature=$(tags)/$(digest "$VERSION-amd64" | tr : -).sig
	mv "$signature" /run/signature
	assert_refused "no signatures found" .make/release.sh verify
	mv /run/signature "$signature"
}

@test "a release that fails anywhere says what is there, and the same command finishes it" {
	use 5001 cut
	for command in cosign skopeo; do
		fake "$command" "[[ \"$command \$*\" != \${CUT-} ]] || {
			echo 'Error: cut off' >&2
			exit 1
		}
		exec $(command -v "$command") \"\$@\""
	done
	here=$image@$(archive_digest)
	while IFS="|" read -r CUT message; do
		CUT=$CUT assert_refused "$message" .make/release.sh release
	done <<-T
		skopeo copy *oci:*@*|$here was not pushed; $image:$VERSION is as it was
		cosign sign *|$here is there, but not all of its signatures; $image:$VERSION is as it was
		skopeo copy *.att|$here is there and signed, without all of its attestations; $image
		skopeo copy *:$VERSION-amd64|signed and attested, but not all of its tags; $image:$VERSION
		skopeo copy *:$VERSION|signed and attested, but not all of its tags; $image:$VERSION is as
	T
	assert_output --partial "Error: cut off"
	assert_exists "$(tags)/$VERSION-amd64"
	assert_not_exists "$(tags)/$VERSION"
	run -0 .make/release.sh release
	run -0 .make/release.sh verify
}

@test "a tag that names something else is replaced only with OVERWRITE=1, if the registry allows" {
	use 5001 infra
	assert_refused "OVERWRITE=1 replaces it with $(archive_digest)" .make/release.sh push
	assert_equal "$(digest "$VERSION")" "$(ARCHIVE=$FULL archive_digest)"
	OVERWRITE=1 assert_refused "is there, but not all of its tags" .make/release.sh push
	assert_not_equal "$(digest "$VERSION")" "$(archive_digest)"
	use 5000 infra
	OVERWRITE=1 run -0 .make/release.sh push
	assert_equal "$(digest "$VERSION")" "$(archive_digest)"
}

@test "a registry that forbids to read what is not there: absent where that is certain" {
	use 5002 forbidden
	assert_refused "access is denied" skopeo inspect --tls-verify=false \
		"docker://$image:$VERSION"
	run -0 .make/release.sh push
	use 5002 silent
	assert_refused "with OVERWRITE=1 if you know that $image:$VERSION is not there" \
		.make/release.sh push
	OVERWRITE=1 run -0 .make/release.sh push
	assert_equal "$(digest "$VERSION")" "$(archive_digest)"
}

@test "a login that skopeo has and cosign has not: one line, and no tag until both have it" {
	use 5003 login
	export REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/auth.json DOCKER_CONFIG=$BATS_TEST_TMPDIR
	echo '{"auths": {"other.example": {"auth": "eDp5"}}}' >"$DOCKER_CONFIG/config.json"
	assert_refused "was not pushed" .make/release.sh release
	skopeo login --tls-verify=false --username user --password secret 127.0.0.1:5003
	assert_refused "is there, but not all of its signatures; $image:$VERSION is as it was" \
		.make/release.sh release
	assert_not_exists "$(tags)"
	cp "$REGISTRY_AUTH_FILE" "$DOCKER_CONFIG/config.json"
	run -0 .make/release.sh release
}

@test "a key without its password, a missing key, uncommitted changes: one line, and no push" {
	before=$(count_writes)
	for key in /run/cosign.key env://KEY; do
		COSIGN_KEY=$key assert_refused "COSIGN_PASSWORD, of COSIGN_KEY=$key, is not set" \
			env -u COSIGN_PASSWORD .make/release.sh release </dev/null
		assert_equal ${#lines[@]} 1
	done
	COSIGN_KEY=awskms:// assert_refused "COSIGN_KEY=awskms://: Error: " \
		env -u COSIGN_PASSWORD .make/release.sh release </dev/null # a KMS has no password
	COSIGN_KEY=/none assert_refused "nothing was pushed: COSIGN_KEY=/none: Error: open /none" \
		.make/release.sh release
	COSIGN_KEY="" assert_refused "without a key, KEYLESS=1" .make/release.sh release
	KEYLESS=1 assert_refused "COSIGN_IDENTITY, which" .make/release.sh release
	COMMIT="1 2 v1-dirty" assert_refused "it has changes" .make/release.sh release
	assert_equal "$(count_writes)" "$before"
}

@test "a key from the environment signs" {
	use 5001 environment
	KEY=$(<"$COSIGN_KEY")
	export KEY COSIGN_KEY=env://KEY
	run -0 .make/release.sh release
	run -0 .make/release.sh verify
}

# Sigstore is out of reach here: a stand-in for cosign writes down what it is asked.
@test "KEYLESS=1 signs and verifies by identity and issuer, with a transparency log" {
	use 5001 keyless
	export LOG=/run/cosign.log
	fake cosign ". '$TOP/test/release/cosign.sh'"
	export KEYLESS=1 COSIGN_KEY="" COSIGN_PUB="" COSIGN_IDENTITY=https://ci.example/release.yml
	run -0 .make/release.sh release
	run -0 .make/release.sh verify
	run -0 cat "$LOG"
	assert_line --regexp \
		"^cosign sign-blob --yes .*--bundle bin/SHA256SUMS.sigstore.json bin/SHA256SUMS$"
	assert_line --regexp \
		"^cosign sign --yes --use-signing-config=false --new-bundle-format=false .*$image@"
	for type in spdxjson slsaprovenance1 openvex; do
		assert_line --regexp "^cosign attest --yes .*--type $type .*--replace $image@$(archive_digest)$"
	done
	assert_line --partial \
		"cosign verify --certificate-identity $COSIGN_IDENTITY --certificate-oidc-issuer $COSIGN_ISSUER"
	refute_line --regexp "--key|tlog"
}
