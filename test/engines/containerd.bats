#!/usr/bin/env bats
# Our image as containerd's sandbox_image, asked for as the kubelet asks: through the CRI. It stops a sandbox by SIGKILL.
load story
load cri
SIGNAL=KILL HANDLER=runc STATE=(Uid 65535 CapEff 0000000000000000 NoNewPrivs 1) attempt=0
declare -gA ids=() command=() MODE=([shared]=POD [own]=CONTAINER [node]=NODE) # bats reads this in a function

setup_file() {
	stage containerd ctr runc crun /usr/lib/cni/bridge busybox umoci skopeo protoc curl jq || return 0
	containerd_up
}

# pod FIELD...: a PodSandboxConfig, with FIELDs for its security context.
pod() {
	echo "metadata { name: 'pod' uid: '1' namespace: 'lab' }" \
		"linux { cgroup_parent: '/${PARENT-pod}' security_context { namespace_options { $(modes) } $* } }"
}
modes() { echo "${NETWORK-} pid: ${MODE[$PIDS]}"; }

# The verbs of story.bash.
sandbox() {
	ids[pod]=$(cri RunPodSandbox <<<"runtime_handler: '$HANDLER' config { $(pod "$@") }" | cri_field pod_sandbox_id)
	[ -n "${ids[pod]}" ]
}
join() {
	command[$1]=$(words command "${@:2}")
	again "$1"
}
again() {
	((++attempt))
	ids[$1]=$(cri CreateContainer <<-T | cri_field container_id
		pod_sandbox_id: '${ids[pod]}' sandbox_config { $(PARENT=pod pod) } config {
		metadata { name: '$1' attempt: $attempt } image { image: '$WORK' } ${command[$1]}
		linux { security_context { namespace_options { $(modes) } } } }
	T
	)
	cri StartContainer <<<"container_id: '${ids[$1]}'"
}
id() { echo "${ids[$1]}"; }
stop() { cri StopPodSandbox <<<"pod_sandbox_id: '${ids[pod]}'"; }
clear() {
	[ -z "${ids[pod]-}" ] || { stop && cri RemovePodSandbox <<<"pod_sandbox_id: '$(id pod)'"; } || true
}
left() { ctr containers ls -q; ctr task ls -q; }

@test "runc: the story" {
	story
}

@test "crun: the story" {
	HANDLER=crun
	story
}

# The CRI drops no capability of a sandbox and sets no limits: the kubelet puts it into a cgroup that has them.
@test "hostile settings: any uid, a read-only root, 8 processes, 16 MiB" {
	local dir limit
	for dir in /sys/fs/cgroup{,/pids,/memory}; do # v2 has one hierarchy, v1 one for each
		mkdir -p "$dir/small"
		for limit in pids.max=8 memory.max=16M memory.limit_in_bytes=16M; do
			[ ! -e "$dir/small/${limit%=*}" ] || echo "${limit#*=}" >"$dir/small/${limit%=*}"
		done
	done
	PARENT=small STATE[1]=12345
	confined() {
		grep -E '(pids|:):/small/' "/proc/$(pid pod)/cgroup"
		grep -E '^([^ ]+ ){4}/ ro[ ,]' "/proc/$(pid pod)/mountinfo"
	}
	life "run_as_user { value: 12345 } run_as_group { value: 12345 }"
}

@test "the story under our seccomp profile; without pause(2) in it pause ends, so it is in force" {
	under() { echo "seccomp { profile_type: Localhost localhost_ref: '$1/seccomp.json' }"; }
	STATE+=(Seccomp 2)
	life "$(under "$TOP/test")"
	jq '.syscalls[].names -= ["pause", "ppoll"]' "$TOP/test/seccomp.json" >"$LAB/seccomp.json"
	sandbox "$(under "$LAB")"
	eventually dead pod
}

@test "the pod's address on the CNI bridge answers the node" {
	starts
	join one httpd -f -p 80 -h /www
	address=$(inside one ip -o -4 addr show eth0 | grep -o '10\.99\.[0-9.]*' | head -n 1)
	answers() { [ "$(curl -sS "http://$address/")" = "a page" ]; }
	eventually answers
}

@test "in the node's own namespaces pause is not PID 1, and holds on" {
	local pid type
	PIDS=node NETWORK="network: NODE ipc: NODE"
	starts
	join one tail -f /dev/null
	for pid in $(pid one) $(pid pod); do
		for type in net ipc uts pid; do
			[ "/proc/$pid/ns/$type" -ef "/proc/self/ns/$type" ]
		done
	done
	[ "$(inside one cat "/proc/$pid/comm")" = pause ]
	stop
	eventually gone "$pid"
}

@test "a call that fails says so in one line" {
	run cri StartContainer <<<"container_id: 'nobody'"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == "StartContainer: "*nobody* ]]
}
