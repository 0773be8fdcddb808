#!/usr/bin/env bats
# Podman: the infra container of its pods, and of those that it reads from Kubernetes' YAML.
load helper
export ENGINE=podman

setup_file() { start_podman; }

start_sandbox() {
	podman pod create --name web --infra-name pod --share net,ipc,uts,pid "$@"
	podman pod start web
}
join() { podman run --detach --name "$1" --pod web "$WORKLOAD" "${@:2}"; }
remove_pod() {
	"$ENGINE" pod rm --all --force --time 0 || true
	"$ENGINE" rm --all --force --time 0 || true
} >/dev/null 2>&1

@test "podman pod create with crun: the lifecycle of a pod" {
	assert_pod_lifecycle "net ipc uts"
	assert_stops_gracefully
}

@test "podman pod create with runc: it runs as root, with podman's capabilities, and stops" {
	configure_podman <<<'engine.runtime = "runc"'
	start_sandbox --network none
	assert_sandbox Uid=0 Seccomp=2
	assert_stops_gracefully
}

# play [OPTION...]: makes the pod web, with container two.
play() {
	podman kube play --network none "$@" - <<-T
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
}

@test "podman kube play: the pod's infra container is our image, and reaps" {
	play
	assert_sandbox
	make_orphans 100
	wait_until count_orphans . = 0
	assert_stops_gracefully
}

@test "podman and buildah build FROM the image, with layers" {
	assert_builds podman build --layers
	assert_builds buildah build --layers
}

@test "podman: checkpointed by CRIU and restored, it reaps orphans and stops" {
	configure_podman <<<'engine.runtime = "runc"' # crun wants CRIU's library
	podman run --detach --name pod --network none "$REF"
	assert_sandbox
	podman container checkpoint pod
	run ! pgrep --exact pause
	podman container restore pod
	assert_sandbox
	pid=$(pid_of pod)
	# shellcheck disable=SC2016 # the variables of the inner shell
	nsenter --target "$pid" --pid sh -c 'for i in $(seq 100); do (: &); done'
	wait_until has_no_children
	assert_stops_gracefully
}

@test "podman: any uid, read-only, no capabilities, no new privileges, 8 processes, 16 MiB" {
	podman run --detach --name pod --network none --user 12345 --read-only --cap-drop all \
		--security-opt no-new-privileges --pids-limit 8 --memory 16m "$REF"
	assert_sandbox Uid=12345 CapBnd=0000000000000000 NoNewPrivs=1
	assert_stops_gracefully
}

# run_pause [OPTION...]: runs the image alone.
run_pause() { "$ENGINE" run --detach --name pod --network none "$@" "$REF"; }

# A pod's infra container is then init_path, as /catatonit -P, over an empty root.
@test "podman without infra_image, with pause as its init: the infra container, and a service" {
	cp "$PAUSE" /run/pause
	configure_podman <<-T
		engine.infra_image = ""
		containers.init_path = "/run/pause"
	T
	start_sandbox --network none
	join two tail -f /dev/null
	assert_sandbox
	assert_equal "$(tr '\0' ' ' <"/proc/$(pid_of pod)/cmdline")" "/catatonit -P "
	make_orphans 100
	wait_until count_orphans . = 0
	assert_stops_gracefully
	remove_pod

	play --service-container
	wait_until is_pause "$(pid_of pod)"
	wait_until is_pause "$(pid_of "$(podman ps --format '{{.Names}}' | grep -- '-service$')")"
}

@test "podman in a user namespace: with uid 65535 it starts, without it the error is the README's" {
	run_pause --uidmap 0:100000:65536 --gidmap 0:100000:65536
	assert_sandbox Uid=165535
	assert_stops_gracefully
	remove_pod
	error="doesn't map UID 65535"
	assert_file_contains "$TOP/README.md" "$error"
	small=(--uidmap 0:100000:1000 --gidmap 0:100000:1000)
	assert_refused "$error" run_pause "${small[@]}"
	remove_pod
	run_pause "${small[@]}" --user 999
	assert_sandbox Uid=100999
	assert_stops_gracefully
}

# rootless ARGUMENT...: podman, as an ordinary user with 65,536 subordinate ids.
rootless() {
	setpriv --reuid user --regid user --clear-groups env HOME=/payload/state/user \
		XDG_RUNTIME_DIR=/run/user podman "$@"
}

@test "podman without root: it starts and stops" {
	useradd --home-dir /payload/state/user --create-home user
	install -d -o user /run/user
	ENGINE=rootless
	rootless load --quiet --input "$ARCHIVE"
	run_pause --cgroups disabled
	assert_sandbox
	assert_stops_gracefully
	remove_pod
}
