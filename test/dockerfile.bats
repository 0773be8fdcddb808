#!/usr/bin/env bats
# The Dockerfile builds from nothing what make builds, with the archive's config.
# bats file_tags=mirror
load helper

# setup_file: makes the base image, which else comes from a registry, out of this machine's mirror.
setup_file() {
	local security container
	# shellcheck disable=SC2016 # apt's field
	security=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Label: Debian-Security' | head -n 1)
	mmdebstrap --quiet --variant=apt trixie "$BATS_FILE_TMPDIR/base.tar" \
		"deb $(print_variable MIRROR) trixie main" "deb $security trixie-security main"
	container=$(b from scratch)
	b add --quiet "$container" "$BATS_FILE_TMPDIR/base.tar" /
	b commit --quiet "$container" base
	make_archive
}
teardown_file() { b rmi --all --force; }

# b ARGUMENT...: buildah with a storage of its own: vfs, for overlay does not work on overlay, which
# a container has.
b() {
	buildah --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" \
		--storage-driver vfs "$@"
}

# build ARCH [VARIANT]: builds the Dockerfile for that platform.
build() {
	b build --layers --identity-label=false --unsetenv PATH --isolation chroot --network host \
		--platform "linux/$1${2:+/$2}" --tag built \
		--build-arg BASE=localhost/base --build-arg VERSION="$(print_variable VERSION)" \
		--build-arg BUILDPLATFORM="linux/$(dpkg --print-architecture)" "$TOP"
}

# assert_builds ARCH [VARIANT]: what it builds is the program that make builds, with the archive's
# config.
assert_builds() {
	build "$@"
	cd "$(mktemp -d -p "$BATS_TEST_TMPDIR")" || return
	b push --quiet built oci:image:1
	run -0 umoci unpack --rootless --image image:1 bundle
	cmp bundle/rootfs/pause "$TOP/bin/pause-linux-$1${2-}"
	skopeo inspect --config oci:image:1 | jq -S '{architecture, os, config}' >built
	# The Dockerfile does not know the revision.
	configs | jq -S --arg a "$1" --arg v "${2-}" '
		select(.architecture == $a and (.variant // "") == $v) | {architecture, os, config} |
		del(.config.Labels["org.opencontainers.image.revision"])' | diff - built
}

@test "the Dockerfile builds for this machine, and for another" {
	assert_builds "$(print_variable HOST)"
	assert_builds s390x
}

@test "the Dockerfile refuses a platform that does not exist, in one line" {
	assert_refused "ARCH=armv6 is none of: amd64 " build arm v6
}
