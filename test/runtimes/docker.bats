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

@test "docker load takes every platform out of the archive" {
	run -0 docker images --format '{{.Tag}}' "$IMAGE"
	for platform in $ARCHS; do
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
	assert_builds env DOCKER_BUILDKIT=0 docker build
	assert_builds env DOCKER_BUILDKIT=1 docker build
}

# runc's copy of itself fills 16 MiB while it starts, so the limit of memory is set once pause runs.
@test "docker: any uid, read-only, no capabilities, no new privileges, 8 processes, 6 MiB" {
	start_sandbox --network none --user 12345 --read-only --cap-drop ALL \
		--security-opt no-new-privileges --pids-limit 8
	assert_sandbox Uid=12345 CapBnd=0000000000000000 NoNewPrivs=1
	docker update --memory 6m --memory-swap 6m pod
	assert_equal "$(docker inspect --format '{{.HostConfig.Memory}}' pod)" $((6 << 20))
	assert_stops_gracefully
}

@test "docker inspect names what is shared; an IPC namespace that is not shareable is refused" {
	start_sandbox --network none
	join one tail -f /dev/null
	run -0 docker inspect --format '{{with .HostConfig}}{{.IpcMode}}{{end}}' pod
	assert_output shareable
	run -0 docker inspect --format \
		'{{with .HostConfig}}{{.NetworkMode}} {{.IpcMode}} {{.PidMode}}{{end}}' one
	pod=container:$(docker inspect --format '{{.Id}}' pod)
	assert_output "$pod $pod $pod"
	remove_pod
	start_sandbox --network none --ipc private
	assert_refused "non-shareable IPC" join one tail -f /dev/null
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
