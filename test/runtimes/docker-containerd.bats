#!/usr/bin/env bats
# Docker with containerd's image store, which is the default from 29 on and a feature before.
load helper
export ENGINE=docker

setup_file() {
	echo '{"features": {"containerd-snapshotter": true}}' >/run/docker.json
	start_docker --config-file /run/docker.json
}
teardown_file() { stop_daemon dockerd; }

@test "docker with containerd's store: docker load gives one tag, with every platform" {
	run -0 docker info --format '{{.DriverStatus}}'
	assert_output --partial io.containerd.snapshotter
	run -0 docker images --format '{{.Tag}}' "$IMAGE"
	assert_output "$VERSION"
	assert_equal "$(docker save "$REF" | tar -xO index.json | jq -r '.manifests[].digest')" \
		"$(tar -xOf "$ARCHIVE" index.json | jq -r '.manifests[].digest')"
}

@test "docker with containerd's store: the lifecycle of a pod" {
	assert_pod_lifecycle "net ipc"
	assert_stops_gracefully
}

@test "docker with containerd's store builds FROM the image" {
	assert_builds env DOCKER_BUILDKIT=0 docker build
	assert_builds env DOCKER_BUILDKIT=1 docker build
}
