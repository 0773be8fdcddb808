#!/usr/bin/env bats
# dockerd runs the image: with runc, crun and gVisor, without a network and on its bridge; and both its builders build it.
load story
ENGINE=docker SHARED="net ipc" RUNTIME=runc
# Docker honours USER, and joins no UTS namespace: a container that joins the network is given the sandbox's host name.
STATE=(Uid 65535 CapEff 0000000000000000 Seccomp 2 NoNewPrivs 0)

setup_file() {
	stage dockerd docker runc crun runsc iptables busybox umoci skopeo jq || return 0
	# ptrace, since gVisor's other platform needs /dev/kvm; with the host's network stack its sandboxes can share one
	cat >"$LAB/daemon.json" <<-END
		{"runtimes": {"crun": {"path": "crun"}, "runsc": {"path": "runsc",
			"runtimeArgs": ["--platform=ptrace", "--network=host", "--ignore-cgroups"]}}}
	END
	daemon dockerd --config-file "$LAB/daemon.json"
	eventually docker version
	images docker load --quiet --input
}

sandbox() { docker run --detach --name pod --runtime "$RUNTIME" --ipc shareable "$@" "$IMAGE"; }
join() {
	local with=(--network container:pod --ipc container:pod)
	[ "$PIDS" = own ] || with+=(--pid container:pod)
	docker run --detach --name "$1" --runtime "$RUNTIME" "${with[@]}" "$WORK" "${@:2}"
}

@test "docker, runc, no network: the story of a pod" {
	story --network none
}

@test "docker, runc, the bridge: the story of a pod" {
	story --network bridge
}

@test "docker, crun: the story of a pod" {
	RUNTIME=crun
	story --network none
}

@test "docker, runc: the story under hostile settings" {
	hostile 12345 --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user 12345 --pids-limit 8 --memory 16m
}

@test "docker, runc: the story under our seccomp profile; without pause(2) in it pause exits with 42" {
	story --network none --security-opt "seccomp=$TOP/test/seccomp.json"
	jq '.syscalls[].names -= ["pause", "ppoll"]' "$TOP/test/seccomp.json" >"$LAB/seccomp.json"
	sandbox --network none --security-opt "seccomp=$LAB/seccomp.json"
	[ "$(docker wait pod)" = 42 ]
}

# gVisor is a kernel of its own, one for each container: what can be joined is the network, and no /proc shows it.
@test "docker, gVisor: runs, shares its network, and stops" {
	RUNTIME=runsc PIDS=own
	sandbox --network none
	[ "$(docker exec pod /pause -v)" = "$("$PAUSE" -v)" ]
	join one httpd -f -p 80 -h /www
	join two tail -f /dev/null
	eventually taken
	stops
}

@test "docker: the classic builder and BuildKit build the Dockerfile" {
	local arch
	arch=$(docker version --format '{{.Server.Arch}}')
	mkdir -p "$LAB/context/bin"
	cp "$TOP/Dockerfile" "$LAB/context"
	cp "$PAUSE" "$LAB/context/bin/pause-linux-$arch"
	for DOCKER_BUILDKIT in 0 1; do
		export DOCKER_BUILDKIT IMAGE=built:$DOCKER_BUILDKIT
		docker build --quiet --build-arg "TARGETARCH=$arch" --tag "$IMAGE" "$LAB/context"
		[ "$(docker run --rm --user 999 --read-only --cap-drop ALL "$IMAGE" -v)" = "$("$PAUSE" -v)" ]
		starts
		stops
	done
}
