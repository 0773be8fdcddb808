#!/usr/bin/env bats
# A kubelet of Kubernetes 1.20 runs static pods, with no API server: in containerd over the CRI, and in Docker by its
# dockershim.
load story
load cri
SIGNAL=KILL GRACE=30 STATE=(Uid 65535 CapEff 0000000000000000 NoNewPrivs 1 Seccomp 2)

setup_file() {
	stage containerd ctr runc /usr/lib/cni/bridge dockerd docker iptables busybox umoci skopeo protoc curl jq \
		"$TOP/build/kubelet" || return 0
	containerd_up
	# runc cannot give pause the score that the kubelet asks for, -998, where root has no CAP_SYS_RESOURCE.
	cat >"$LAB/runc" <<-'T'
		#!/bin/sh
		for word; do
			[ "$last" != --bundle ] || sed -i 's/"oomScoreAdj":-[0-9]*/"oomScoreAdj":0/' "$word/config.json"
			last=$word
		done
		exec runc "$@"
	T
	chmod +x "$LAB/runc"
	daemon dockerd --add-runtime "lab=$LAB/runc" --default-runtime lab
	eventually docker version
	our_image "$LAB/pause.tar"
	docker load --input "$LAB/pause.tar"
	docker load --input "$LAB/work.tar"
	mkdir "$LAB/manifests"
	# Nothing of the machine: neither its iptables, nor its swap, nor its disk's fullness, nor its ~.
	cat >"$LAB/kubelet.yaml" <<-T
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		staticPodPath: $LAB/manifests
		readOnlyPort: 10255
		authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
		authorization: {mode: AlwaysAllow}
		enforceNodeAllocatable: []
		failSwapOn: false
		makeIPTablesUtilChains: false
		volumePluginDir: $LAB/plugins
		imageGCHighThresholdPercent: 100
		evictionHard: {memory.available: 1Mi}
		resolvConf: ""
	T
}
teardown() {
	[ -n "$KUBELET" ] || return 0
	clear
	kill "$KUBELET"
}

# kubelet OPTION...: starts it, sets KUBELET to its PID, and waits until it is well.
kubelet() {
	KUBELET=$(daemon "$TOP/build/kubelet" --config "$LAB/kubelet.yaml" --cert-dir "$LAB/cert" "$@")
	DEADLINE=30 eventually healthy
}
healthy() { [ "$(curl -s http://127.0.0.1:10248/healthz)" = ok ]; }
running() { curl -s http://127.0.0.1:10255/pods | jq -e '[.items[]?.status.containerStatuses[]?.ready] == [true, true]' >/dev/null; }

# The verbs of story.bash. A static pod's containers are in its manifest from the start: who joins is there already.
sandbox() {
	# Another name, since dead containers of a pod of the same name count as its restarts.
	manifest "pod-$BATS_TEST_NUMBER-$PIDS" "terminationGracePeriodSeconds: 1" >"$LAB/pod.yaml"
	mv "$LAB/pod.yaml" "$LAB/manifests" # a file that is still written to would be read too
	eventually running
}
join() { [ "$(tr '\0' ' ' <"/proc/$(pid "$1")/cmdline")" = "${*:2} " ]; }
id() {
	local filter="labels.\"io.kubernetes.container.name\"==$1"
	[ "$1" != pod ] || filter='labels."io.cri-containerd.kind"==sandbox'
	ctr containers ls -q "$filter" | grep -Fx -f <(ctr task ls | awk '$3 == "RUNNING" { print $1 }')
}
# The kubelet starts by itself what has died: it is stopped from `die` to `again`.
die() {
	kill -STOP "$KUBELET"
	kill -KILL "$(pid "$1")"
	eventually dead "$1"
}
again() {
	kill -CONT "$KUBELET"
	eventually id "$1"
}
stop() {
	rm -f "$LAB/manifests/pod.yaml"
	eventually dead pod
}
clear() {
	kill -CONT "$KUBELET" # a failed test may have left it stopped
	rm -f "$LAB/manifests/pod.yaml"
	eventually empty || true
}
empty() { [ -z "$(left)" ]; }
left() {
	ctr task ls -q
	ls /run/netns
}

in_containerd() { kubelet --container-runtime remote --container-runtime-endpoint "unix://$CONTAINERD_ADDRESS"; }

@test "containerd: the story of a static pod" {
	in_containerd
	story
}

@test "containerd: pause is killed, and the kubelet makes another sandbox and starts the containers in it" {
	in_containerd
	sandbox
	local pod one two
	pod=$(pid pod) one=$(pid one) two=$(pid two)
	kill -KILL "$pod"
	eventually gone "$one"
	eventually gone "$two"
	eventually running
	eventually id pod
	[ "$(pid pod)" != "$pod" ]
	eventually page
}

@test "docker, by dockershim: the story of a static pod, where pause gets the kubelet's SIGTERM" {
	SIGNAL=TERM SHARED="net ipc"
	id() { docker ps -q --filter "label=io.kubernetes.container.name=${1/pod/POD}" | grep .; }
	pid() { docker inspect -f '{{.State.Pid}}' "$(id "$1")"; }
	inside() { docker exec "$(id "$1")" "${@:2}"; }
	dead() { ! id "$1"; }
	left() { docker ps -q; }
	stop() {
		local pod
		pod=$(id pod) || return
		rm "$LAB/manifests/pod.yaml"
		docker logs --follow "$pod"
		return "$(docker wait "$pod")"
	}
	# What is in the cgroup of a pod that was removed may get the kubelet's SIGKILL before the sandbox is asked to stop.
	kubelet --container-runtime docker --cgroups-per-qos=false --pod-infra-container-image "$IMAGE"
	story
}
