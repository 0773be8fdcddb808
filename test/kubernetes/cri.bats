#!/usr/bin/env bats
# Debian's containerd, asked by crictl as the kubelet asks.
load helper
export PATH=$PATH:/payload/kubernetes CONTAINERD_ADDRESS=/run/debian/containerd.sock
RUNC=/payload/kubernetes/runc

setup_file() {
	start_containerd containerd --root /var/lib/containerd/debian --state /run/debian \
		--address "$CONTAINERD_ADDRESS" <<-T
			version = 2
			[plugins."io.containerd.grpc.v1.cri"]
				sandbox_image = "$REF"
				cni = {bin_dir = "/usr/lib/cni", conf_dir = "/run/cni"}
			[plugins."io.containerd.grpc.v1.cri".containerd.runtimes]
				runc = {runtime_type = "io.containerd.runc.v2", options = {BinaryName = "runc"}}
				crun = {runtime_type = "io.containerd.runc.v2", options = {BinaryName = "crun"}}
				newest = {runtime_type = "io.containerd.runc.v2", options = {BinaryName = "$RUNC"}}
		T
	make_workload /run/workload.tar
	ctr images import /run/workload.tar
}

teardown_file() { stop_containerd; }

# The namespaces of a pod: 0 is the pod's own, 2 is the node's.
MODES="network: 0, ipc: 0, pid: 0"

# make_config NAME FIELDS SECURITY: writes the configuration of a pod or container.
make_config() {
	cat >"$BATS_TEST_TMPDIR/$1" <<-T
		metadata: {name: $1, namespace: default}
		labels: {io.kubernetes.pod.name: pod}
		$2
		linux:
		  cgroup_parent: ${PARENT-}
		  security_context: {namespace_options: {$MODES}, $3}
	T
}

start_sandbox() {
	make_config pod "" "$*"
	crictl runp --runtime "${HANDLER:-runc}" "$BATS_TEST_TMPDIR/pod"
}
join() {
	make_config "$1" "image: {image: $WORKLOAD}
command: $(jq -nc '$ARGS.positional' --args -- "${@:2}")"
	restart "$1"
}
restart() {
	crictl start "$(crictl create "$(sandbox_id)" "$BATS_TEST_TMPDIR/"{"$1",pod})"
}
die() { crictl rm --force "$(container_id "$1")"; }
remove_pod() { crictl rmp --all --force || true; }

# assert_stop_ends_it: the sandbox ends when containerd stops it.
assert_stop_ends_it() {
	local pid
	pid=$(pid_of pod)
	crictl stopp "$(sandbox_id)"
	assert is_gone "$pid"
}

@test "containerd with runc: the lifecycle of a pod" {
	assert_pod_lifecycle "net ipc uts"
	assert_sandbox Uid=65535 CapEff=0000000000000000 NoNewPrivs=1
	assert_stop_ends_it
}

@test "containerd with crun: the lifecycle of a pod" {
	HANDLER=crun
	assert_pod_lifecycle "net ipc uts"
	assert_stop_ends_it
}

# The CRI gives a sandbox no limits. The kubelet puts it into a cgroup that has them.
@test "containerd: any uid, read-only, 8 processes, 16 MiB" {
	mkdir -p /sys/fs/cgroup/small
	echo 8 >/sys/fs/cgroup/small/pids.max
	echo 16M >/sys/fs/cgroup/small/memory.max
	PARENT=/small
	start_sandbox "run_as_user: {value: 12345}, run_as_group: {value: 12345}"
	assert_sandbox Uid=12345
	assert_file_contains "/proc/$(pid_of pod)/cgroup" "^0::/small/"
	assert_file_contains "/proc/$(pid_of pod)/mountinfo" "^[^ ]* [^ ]* [^ ]* [^ ]* / ro[ ,]"
	assert_stop_ends_it
}

# without_pause FILE: writes our seccomp profile, less pause(2), to FILE.
without_pause() { jq '.syscalls[].names -= ["pause", "ppoll"]' "$TOP/test/seccomp.json" >"$1"; }

@test "containerd: our seccomp profile is enough for runc and crun, and pause needs its pause(2)" {
	seccomp() { echo "seccomp: {profile_type: 2, localhost_ref: $1}"; }
	without_pause /run/seccomp.json
	for HANDLER in runc crun newest; do
		start_sandbox "$(seccomp "$TOP/test/seccomp.json")"
		assert_sandbox Seccomp=2
		remove_pod
		start_sandbox "$(seccomp /run/seccomp.json)"
		wait_until has_ended
		remove_pod
	done
}
has_ended() { crictl pods --quiet --state notready --name '^pod$' | grep .; }

@test "containerd: the node reaches the pod's address on the CNI bridge" {
	start_sandbox
	join one httpd -f -p 80 -h /www
	address=$(crictl inspectp "$(sandbox_id)" | jq -r .status.network.ip)
	wait_until curl -sS "http://$address/"
	run -0 curl -sS "http://$address/"
	assert_output "a page"
}

@test "containerd: in the node's namespaces pause is not PID 1, and runs until it is stopped" {
	MODES="network: 2, ipc: 2, pid: 2"
	start_sandbox
	assert_sandbox
	for namespace in net ipc uts pid; do
		assert [ "/proc/$(pid_of pod)/ns/$namespace" -ef "/proc/self/ns/$namespace" ]
	done
	assert_stop_ends_it
}
