#!/usr/bin/env bats
# dockershim: a kubelet runs static pods in Docker, with no API server. Their sandbox is the image
# that --pod-infra-container-image names.
load ../runtimes/helper

setup_file() {
	start_docker
	mkdir -p /run/pods
	# In a pod's cgroup, the kubelet may kill pause before Docker stops it.
	cat >/run/kubelet.yaml <<-T
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		staticPodPath: /run/pods
		authentication: {webhook: {enabled: false}}
		authorization: {mode: AlwaysAllow}
		cgroupsPerQOS: false
		enforceNodeAllocatable: []
	T
	start_daemon /payload/kubelet-1.20.2 --config /run/kubelet.yaml --container-runtime docker \
		--pod-infra-container-image "$REF"
	wait_until curl --fail --silent http://127.0.0.1:10248/healthz
}

id_of() {
	docker ps --quiet --filter "label=io.kubernetes.pod.name=test-$BATS_TEST_NUMBER-node" \
		--filter "label=io.kubernetes.container.name=${1/pod/POD}" | grep .
}
pid_of() { docker inspect --format '{{.State.Pid}}' "$(id_of "$1")"; }
inside() { docker exec "$(id_of "$1")" "${@:2}"; }
start_sandbox() {
	cat >/run/pod.yaml <<-T
		apiVersion: v1
		kind: Pod
		metadata: {name: test-$BATS_TEST_NUMBER}
		spec:
		  shareProcessNamespace: true
		  containers:
		  - {name: one, image: "$WORKLOAD", command: [httpd, -f, -p, "80", -h, /www]}
		  - {name: two, image: "$WORKLOAD", command: [tail, -f, /dev/null]}
	T
	mv /run/pod.yaml /run/pods # the kubelet would read a file that is not complete
	wait_until has_page
}
stop_sandbox() {
	local pod
	pod=$(id_of pod)
	docker wait "$pod" >/run/status 3>&- &
	rm /run/pods/pod.yaml
	docker logs --follow "$pod" 2>&1
	wait $!
	return "$(</run/status)"
}
remove_pod() { rm -f /run/pods/pod.yaml; }

@test "dockershim runs the image of the flag; two containers share its namespaces" {
	start_sandbox
	assert_sandbox Uid=65535 CapEff=0000000000000000 Seccomp=2 NoNewPrivs=1
	assert_joined "net ipc pid" one two
	run -0 docker inspect --format '{{.Config.Image}}' "$(id_of pod)"
	assert_output "$REF"
}

@test "dockershim stops the sandbox by SIGTERM" {
	start_sandbox
	assert_stops_gracefully
}

@test "dockershim makes another sandbox when pause is killed" {
	local pid
	start_sandbox
	pid=$(pid_of pod)
	kill -KILL "$pid"
	wait_until is_gone "$pid"
	wait_until has_page
	assert_sandbox
	assert_joined "net ipc pid" one two
}
