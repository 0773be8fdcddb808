#!/usr/bin/env bats
# containerd, by its own ctr: it reads the index, keeps every platform, and runs ours.
load helper

setup_file() {
	start_daemon containerd
	wait_until ctr version
	ctr -n k8s.io images import --all-platforms "$ARCHIVE"
}

@test "containerd imports every platform out of the archive" {
	run -0 ctr -n k8s.io images ls "name==$REF"
	for platform in ${ARCHS//armv/arm/v}; do
		assert_output --regexp "linux/$platform(,| )"
	done
}

@test "containerd runs it as kubeadm's preflight does: -v, read-only" {
	run -0 ctr -n k8s.io run --rm --read-only "$REF" preflight /pause -v
	assert_output "$("$PAUSE" -v)"
}
