#!/usr/bin/env bats
# A kubelet without an API server: it runs the pods whose manifests are in a directory.
load helper
export PATH=/payload/kubernetes:$PATH CONTAINERD_ADDRESS=/run/containerd/containerd.sock
KUBELET=kubelet-$KUBERNETES
E2E=registry.k8s.io/e2e-test-images # images.sh makes them
CONTROL=$E2E/httpd:2.4.39-4

setup_file() {
	mkdir -p /run/manifests /var/lib/kubelet/seccomp
	cp "$TOP/test/seccomp.json" /var/lib/kubelet/seccomp
	start_containerd_2
	import_images
	crictl inspecti "$CONTROL" >/dev/null
	make_pod web "" "{name: one, image: '$E2E/nginx:1.14-2'}"
	make_pod shared "shareProcessNamespace: true,"
	make_pod host "hostNetwork: true, hostPID: true, hostIPC: true,"
	make_pod users "hostUsers: false,"
	make_pod secure "securityContext: {runAsUser: 1234, runAsNonRoot: true,
		seccompProfile: {type: RuntimeDefault}}," "{name: one, image: '$REF', securityContext:
		{seccompProfile: {type: Localhost, localhostProfile: seccomp.json}}}"
	start_kubelet
	for POD in web shared host users secure; do POD=$POD-node wait_until pid_of two; done
	POD=secure-node wait_until pid_of one
}
teardown_file() {
	stop_daemon "$KUBELET"
	stop_containerd
}
setup() { export POD=web-node; }
teardown() { :; }

# make_pod NAME SPEC [CONTAINER]: writes a pod's manifest, with CONTAINER and the container two.
make_pod() {
	cat >"/run/manifests/$1.yaml" <<-T
		apiVersion: v1
		kind: Pod
		metadata: {name: $1, namespace: default}
		spec: {terminationGracePeriodSeconds: 1, $2 containers: [
			{name: two, image: '$E2E/busybox:1.29-2',
			command: [tail, -f, /dev/null]}, $3]}
	T
}

# start_kubelet: starts the kubelet, which will collect images from the start. If it knows the flag
# that once named the sandbox's image, the flag names another image than ours.
start_kubelet() {
	cat >/run/kubelet.yaml <<-T
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		staticPodPath: /run/manifests
		fileCheckFrequency: 1s
		containerRuntimeEndpoint: unix://$CONTAINERD_ADDRESS
		authentication: {webhook: {enabled: false}, anonymous: {enabled: true}}
		authorization: {mode: AlwaysAllow}
		cgroupDriver: cgroupfs
		makeIPTablesUtilChains: false
		evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%"}
		imageGCHighThresholdPercent: 1
		imageGCLowThresholdPercent: 0
		imageMinimumGCAge: 1ms
	T
	local flag
	flag=$("$KUBELET" --help | grep -o -e --pod-infra-container-image || true)
	start_daemon "$KUBELET" --config /run/kubelet.yaml \
		${flag:+"$flag=$CONTROL"}
	wait_until curl --fail --silent http://127.0.0.1:10248/healthz
}

# assert_in_host NAMESPACE...: the sandbox is in these namespaces of the node.
assert_in_host() {
	for namespace; do
		assert [ "/proc/$(pid_of pod)/ns/$namespace" -ef "/proc/self/ns/$namespace" ]
	done
}

@test "nginx and a container that fetches its page over localhost share net, IPC and UTS" {
	wait_until has_page
	assert_sandbox Uid=65535 CapEff=0000000000000000 Seccomp=2 NoNewPrivs=1
	assert_joined "net ipc uts" one two
}

@test "orphans stay zombies, but not with shareProcessNamespace" {
	make_orphans 20
	wait_until count_orphans Z = 20
	POD=shared-node
	assert_joined pid two
	make_orphans 20
	wait_until count_orphans . = 0
}

@test "hostNetwork, hostPID and hostIPC" {
	POD=host-node
	assert_sandbox
	assert_in_host net pid ipc uts
}

@test "runAsUser, runAsNonRoot, seccomp RuntimeDefault, and our profile as Localhost" {
	POD=secure-node
	assert_sandbox Uid=1234 Seccomp=2
	pid_of() { container inspect one | jq .info.pid; }
	assert_sandbox Uid=1234 Seccomp=2
}

@test "hostUsers: false: pause is in a user namespace" {
	POD=users-node pid=$(pid_of pod)
	assert [ ! "/proc/$pid/ns/user" -ef /proc/self/ns/user ]
	read -r inside outside count <"/proc/$pid/uid_map"
	assert_equal "$inside $count" "0 65536"
	assert_sandbox Uid=$((outside + 65535))
}

@test "a container that ends is restarted in the same sandbox, with the same address" {
	before=$(sandbox_id) address=$(inside two hostname -i) pid=$(pid_of one)
	assert_regex "$address" '^10[.]99[.]'
	kill -KILL "$pid"
	wait_until is_gone "$pid"
	wait_until has_page
	assert_equal "$(sandbox_id) $(inside two hostname -i)" "$before $address"
}

@test "pause killed: the kubelet makes another sandbox" {
	POD=shared-node
	before=$(sandbox_id)
	kill -KILL "$(pid_of pod)"
	is_another() { id=$(sandbox_id) && [ "$id" ] && [ "$id" != "$before" ]; }
	wait_until is_another
	wait_until inside two true
	assert_sandbox
	assert_joined pid two
}

@test "the node's memory is full: pause survives" {
	pid=$(pid_of pod)
	assert_file_contains "/proc/$pid/oom_score_adj" "^-998$"
	is_full() { dmesg | grep -q "Out of memory: Killed process .* (dd)"; }
	inside two sh -c 'for i in 1 2 3; do dd if=/dev/zero of=/dev/null bs=1G & done; wait' 3>&- &
	wait_until is_full
	pkill -x dd || true # the kernel may have killed all of them
	wait $! || true
	assert_equal "$(pid_of pod)" "$pid"
}

@test "a pod is deleted: pause ends" {
	POD=secure-node
	pid=$(pid_of pod)
	rm /run/manifests/secure.yaml
	wait_until is_gone "$pid"
}

# The kubelet collects images five minutes after its start, and again five minutes later. Its first
# attempt, at the start, comes before its statistics.
@test "image garbage collection takes an image that nobody uses, and leaves ours, pinned" {
	is_collected() {
		ctr images ls -q >"$BATS_TEST_TMPDIR/images"
		grep -qxF "$REF" "$BATS_TEST_TMPDIR/images" && ! grep -qxF "$CONTROL" "$BATS_TEST_TMPDIR/images"
	}
	DEADLINE=900 wait_until is_collected
	assert_equal "$(crictl inspecti "$REF" | jq .status.pinned)" true
}

@test "--pod-infra-container-image: a kubelet up to 1.34 ignores it, a later one refuses to start" {
	case $KUBERNETES in
	v1.3[0-4].*) assert_equal "$(crictl inspectp "$(sandbox_id)" | jq -r .info.image)" "$REF" ;;
	*)
		run -1 "$KUBELET" --pod-infra-container-image "$REF"
		assert_output --partial "unknown flag: --pod-infra-container-image"
		;;
	esac
}
