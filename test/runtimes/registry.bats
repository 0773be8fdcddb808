#!/usr/bin/env bats
# From a registry to every runtime.
load helper
export REGISTRY=127.0.0.1:5000/infra TLS_VERIFY=false OVERWRITE="" ARCHIVE=${ARCHIVE%.tar}
image=$REGISTRY/pause

setup_file() {
	docker version || start_daemon dockerd
	ctr version || start_daemon containerd
	start_registry
	cd "$TOP" && .make/release.sh push
	wait_until docker version
	wait_until ctr version
}
teardown_file() { stop_registry; }

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
