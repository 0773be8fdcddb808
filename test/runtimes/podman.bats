#!/usr/bin/env bats
# Podman: the infra container of its pods, and of those that it reads from Kubernetes' YAML.
load helper
export ENGINE=podman

setup_file() {
	cat >/etc/containers/containers.conf <<-T
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		infra_image = "$REF"
		[containers]
		log_driver = "k8s-file"
	T
	make_workload /run/workload.tar
	podman load --quiet --input /run/workload.tar
	podman load --quiet --input "$ARCHIVE"
}

start_sandbox() {
	podman pod create --name web --infra-name pod --share net,ipc,uts,pid "$@"
	podman pod start web
}
join() { podman run --detach --name "$1" --pod web "$WORKLOAD" "${@:2}"; }
remove_pod() { podman pod rm --force --ignore --time 0 web >/dev/null 2>&1 || true; }

@test "podman pod create with crun: the lifecycle of a pod" {
	assert_pod_lifecycle "net ipc uts"
	assert_stops_gracefully
}

@test "podman pod create with runc: it runs as root, with podman's capabilities, and stops" {
	podman() { command podman --runtime runc "$@"; }
	start_sandbox --network none
	assert_sandbox Uid=0 Seccomp=2
	assert_stops_gracefully
}

@test "podman kube play: the pod's infra container is our image, and reaps" {
	podman kube play --network none - <<-T
		apiVersion: v1
		kind: Pod
		metadata: {name: web}
		spec:
		  shareProcessNamespace: true
		  containers:
		  - {name: two, image: "$WORKLOAD", command: [tail, -f, /dev/null]}
	T
	podman rename web-two two
	podman rename "$(podman pod inspect --format '{{.InfraContainerID}}' web)" pod
	assert_sandbox
	make_orphans 100
	wait_until count_orphans . = 0
	assert_stops_gracefully
}

@test "podman and buildah build FROM the image, with layers" {
	make_context /run/context
	for builder in podman buildah; do
		"$builder" build --quiet --layers --tag built /run/context
		podman run --detach --name pod --network none built
		assert_sandbox
		assert_stops_gracefully
		podman rm --force pod
	done
}

@test "podman: any uid, read-only, no capabilities, no new privileges, 8 processes, 16 MiB" {
	podman run --detach --name pod --network none --user 12345 --read-only --cap-drop all \
		--security-opt no-new-privileges --pids-limit 8 --memory 16m "$REF"
	assert_sandbox Uid=12345 CapBnd=0000000000000000 NoNewPrivs=1
	assert_stops_gracefully
	podman rm --force pod
}
