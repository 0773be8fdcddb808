#!/usr/bin/env bats
# A release: to a registry, and from there to every runtime. It needs no server of Sigstore's.
load helper
export REGISTRY=127.0.0.1:5000/infra TLS_VERIFY=false OVERWRITE="" COSIGN_PASSWORD=secret COMMIT=""
export COSIGN_KEY=/run/cosign.key COSIGN_PUB=/run/cosign.pub ARCHIVE=${ARCHIVE%.tar}
image=$REGISTRY/pause store=/run/registry/docker/registry/v2
tags=$store/repositories/infra/pause/_manifests/tags

setup_file() {
	start_daemon docker-registry serve "$BATS_TEST_DIRNAME/registry.yml"
	docker version || start_daemon dockerd
	ctr version || start_daemon containerd
	cd /run || return
	cosign generate-key-pair
	cosign generate-key-pair --output-key-prefix other
	wait_until curl --silent --fail http://127.0.0.1:5000/v2/
	wait_until docker version
	wait_until ctr version
}
setup() { cd "$TOP" || return; }

# digest TAG: prints the digest of what TAG names in the registry; blob TAG: the file that holds it.
digest() { cat "$tags/$1/current/link"; }
blob() { digest "$1" | sed "s,sha256:\(..\),$store/blobs/sha256/\1/\1,; s,$,/data,"; }

@test "a release tags and signs every platform; signing again adds no signature" {
	run -0 .make/release.sh release
	index=$(tar -xOf "$ARCHIVE.tar" index.json | jq -r '.manifests[].digest')
	assert_equal "$(digest "$VERSION")" "$index"
	assert_line "$image:$VERSION@$index"
	assert_line "$image@$index"
	run -0 ls "$tags"
	for platform in $ARCHS; do assert_line "$VERSION-$platform"; done
	assert_equal ${#lines[@]} 21 # platforms and index, with a signature each, and attestations

	ARCHS=amd64 run -0 .make/release.sh release
	assert_equal "$(jq '.layers | length' "$(blob "${index/:/-}.sig")")" 1
	assert_equal "$(jq '.layers | length' "$(blob "${index/:/-}.att")")" 2
}

@test "the README's command verifies the image, its provenance and its rebuild" {
	run -0 grep -x "make verify .*" README.md
	read -ra command <<<"$output"
	# The node has no compiler: the archive is the one that was built outside.
	MAKEFLAGS="-o archive" run -0 "${command[@]}" REGISTRY="$REGISTRY" VERSION="$VERSION" \
		COSIGN_PUB="$COSIGN_PUB"
	assert_output --partial "is signed, and its rebuild from $REVISION is the same"
	run -0 cosign verify-blob --key "$COSIGN_PUB" --insecure-ignore-tlog \
		--signature bin/SHA256SUMS.sig bin/SHA256SUMS
}

@test "garbage collection takes nothing of it" {
	run -0 docker-registry garbage-collect --delete-untagged "$BATS_TEST_DIRNAME/registry.yml"
	run -0 .make/release.sh verify
	for platform in $ARCHS; do assert_file_exists "$(blob "$VERSION-$platform")"; done
}

@test "another key, another rebuild, a changed byte, and no signature are each refused" {
	COSIGN_PUB=/run/other.pub assert_refused "is refused" .make/release.sh verify
	sed 's/$/ /' bin/SHA256SUMS >/run/SHA256SUMS
	assert_refused "invalid signature" cosign verify-blob --key "$COSIGN_PUB" \
		--insecure-ignore-tlog --signature bin/SHA256SUMS.sig /run/SHA256SUMS

	tar -xOf "$ARCHIVE.tar" index.json | sed 's/sha256:./sha256:x/' >/run/index.json
	tar -cf /run/rebuild.tar -C /run index.json
	sed 's/"SOURCE":"/&other/' "$ARCHIVE.provenance.json" >/run/rebuild.provenance.json
	ARCHIVE=/run/rebuild assert_refused "but its rebuild is sha256:x" .make/release.sh verify
	assert_output --partial '"SOURCE": "other' # the reason

	sed -i.right 's/pause/Pause/' "$(blob "$VERSION")"
	assert_refused "is refused" .make/release.sh verify
	mv "$(blob "$VERSION").right" "$(blob "$VERSION")"
	signature=$tags/$(digest "$VERSION-amd64" | tr : -).sig
	mv "$signature" /run/signature
	assert_refused "no signatures found" .make/release.sh verify
	mv /run/signature "$signature"
}

push_other() { VERSION=other .make/release.sh push; }

@test "push replaces a version only with OVERWRITE=1, and after all of its platforms" {
	before=$(digest "$VERSION-arm64")
	cp -R "$tags/$VERSION-arm64" "$tags/other"
	assert_refused "is $before already: OVERWRITE=1 replaces it" push_other

	export OVERWRITE=1 ARCHS="s390x loong64"
	cp "$ARCHIVE.tar" /run/half.tar
	tar --delete -f /run/half.tar "blobs/$(digest "$VERSION-loong64" | tr : /)"
	ARCHIVE=/run/half assert_refused "$image:other is as it was" push_other
	assert_dir_exists "$tags/other-s390x"
	assert_equal "$(digest other)" "$before"
	run -0 push_other
	assert_equal "$(digest other)" "$(digest "$VERSION")"
}

@test "a missing key, uncommitted changes: one clear line, before anything is pushed" {
	COSIGN_KEY=/none assert_refused "nothing was pushed: COSIGN_KEY=/none: Error: open /none" \
		.make/release.sh release
	assert_equal ${#lines[@]} 1
	COMMIT="1 2 v1-dirty" assert_refused "it has changes" .make/release.sh release
}

# assert_pulled ENGINE: ENGINE pulls its own platform and runs it as kubeadm's preflight does: -v
# as uid 999, read-only, without capabilities. Then it pulls the platform s390x.
assert_pulled() {
	run -0 "$1" run --rm --quiet --read-only --cap-drop all --user 999 "$image:$VERSION" -v
	assert_output "$("$PAUSE" -v)"
	run -0 "$1" pull --quiet --platform linux/s390x "$image:$VERSION"
	run -0 "$1" inspect --format '{{.Architecture}}' "$image:$VERSION"
	assert_output s390x
}

@test "docker pulls its own platform, and another one" {
	assert_pulled docker
}

@test "podman pulls its own platform, and another one" {
	mkdir -p /etc/containers/registries.conf.d
	printf '[[registry]]\nlocation = "127.0.0.1:5000"\ninsecure = true\n' \
		>/etc/containers/registries.conf.d/registry.conf
	assert_pulled podman
}

@test "containerd pulls its own platform, and another one" {
	run -0 ctr images pull --plain-http "$image:$VERSION"
	run -0 ctr run --rm --read-only --user 999 "$image:$VERSION" preflight /pause -v
	assert_output "$("$PAUSE" -v)"
	run -0 ctr images pull --plain-http --platform linux/s390x "$image:$VERSION"
	run -0 ctr images ls "name==$image:$VERSION"
	assert_output --partial linux/s390x
}
