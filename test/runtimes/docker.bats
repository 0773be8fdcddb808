#!/usr/bin/env bats
# Docker: a sandbox that other containers join, with runc, crun and gVisor.
load helper
export ENGINE=docker

setup_file() {
	mkdir -p /etc/docker
	cat >/etc/docker/daemon.json <<-T
		{"runtimes": {"crun": {"path": "crun"},
			"ptrace": {"path": "runsc", "runtimeArgs": ["--platform=ptrace", "--network=none"]},
			"systrap": {"path": "runsc", "runtimeArgs": ["--platform=systrap", "--network=none"]}}}
	T
	start_docker
}

start_sandbox() { docker run --detach --name pod --ipc shareable "$@" "$REF"; }
join() {
	docker run --detach --name "$1" --network container:pod --ipc container:pod \
		--pid container:pod "$WORKLOAD" "${@:2}"
}

@test "docker load takes every platform out of the archive" {
	run -0 docker images --format '{{.Tag}}' "$IMAGE"
	for platform in amd64 arm64 armv7 armv5 386 ppc64le s390x riscv64 loong64; do
		assert_line "$VERSION-$platform"
	done
}

@test "docker with runc: the lifecycle of a pod" {
	assert_pod_lifecycle "net ipc"
	assert_stops_gracefully
}

@test "docker with crun: it runs as 65535 and stops gracefully" {
	start_sandbox --runtime crun --network none
	assert_sandbox Uid=65535 CapEff=0000000000000000 Seccomp=2
	assert_stops_gracefully
}

@test "docker builds FROM the image, by its classic builder and by BuildKit" {
	make_context /run/context
	for DOCKER_BUILDKIT in 0 1; do
		export DOCKER_BUILDKIT
		docker build --quiet --tag built /run/context
		REF=built start_sandbox --network none
		assert_sandbox
		assert_stops_gracefully
		remove_pod
	done
}

@test "docker: any uid, read-only, no capabilities, no new privileges, 8 processes, 16 MiB" {
	start_sandbox --network none --user 12345 --read-only --cap-drop ALL \
		--security-opt no-new-privileges --pids-limit 8 --memory 16m
	assert_sandbox Uid=12345 CapBnd=0000000000000000 NoNewPrivs=1
	assert_stops_gracefully
}

@test "docker: our seccomp profile is enough, with and without no-new-privileges" {
	for option in no-new-privileges "label=disable"; do
		start_sandbox --network none --security-opt "$option" \
			--security-opt "seccomp=$TOP/test/seccomp.json"
		assert_sandbox Seccomp=2
		assert_stops_gracefully
		remove_pod
	done
}

# gVisor is a kernel of its own, one a container. These are its platforms that need no /dev/kvm.
@test "docker with gVisor: it runs and stops gracefully" {
	for platform in ptrace systrap; do
		start_sandbox --runtime "$platform" --network none
		run -0 docker exec pod /pause -v
		assert_output "$("$PAUSE" -v)"
		assert_stops_gracefully
		remove_pod
	done
}
