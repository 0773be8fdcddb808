#!/usr/bin/env bats
# containerd's own integration suite, with our image as its pause.
load helper
export PATH=/payload/kubernetes:$PATH CONTAINERD_ADDRESS=/run/containerd/containerd.sock
# The suite removes them, and pulls them again. images.sh makes the second.
SERVED=127.0.0.1:5000/pause:$VERSION
BUSYBOX=127.0.0.1:5000/integration:1

setup_file() {
	start_registry
	serve_image "oci-archive:$ARCHIVE" "pause:$VERSION"
	serve_image "oci-archive:/payload/kubernetes/images.tar:$BUSYBOX" integration:1
	# Where the suite looks whether the file system can map ids (supportsIDMap()).
	ln -s containerd /var/lib/containerd-test
	fake pidof "$PIDOF"
	start_containerd_2 "$SERVED" "$RUNC_FP"
	import_images
	ctr images pull --plain-http "$SERVED"
	mkdir -p /run/cni-fp
	sed 's/"bridge", "bridge": "cni0"/"cni-bridge-fp", "bridge": "cni1"/; s/10[.]99/10.98/
		s/"ipam"/"capabilities": {"io.kubernetes.cri.pod-annotations": true}, &/' \
		/run/cni/pod.conflist >/run/cni-fp/pod.conflist
	printf '%s = "%s"\n' Pause "$SERVED" BusyBox "$BUSYBOX" Alpine "$BUSYBOX" \
		VolumeCopyUp "$BUSYBOX" >/run/images.toml
}
teardown_file() {
	stop_registry
	rm /var/lib/containerd-test
	stop_containerd
}
teardown() { :; }

# The runtime with which the suite lets shims and CNI fail.
RUNC_FP='[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc-fp]
	runtime_type = "runc-fp.v1"
	cni_conf_dir = "/run/cni-fp"
	cni_max_conf_num = 1
	pod_annotations = ["io.containerd.runtime.v2.shim.failpoint.*"]'

# The suite kills containerd, asks pidof each second until none runs, and wants one that was started
# again then. So the pidof that it finds does that.
# shellcheck disable=SC2016 # variables of its own
PIDOF='/usr/bin/pidof "$@" && exit
containerd --config /run/containerd.toml </dev/null >>/run/log/containerd.log 2>&1 &
echo $! >/run/containerd.pid
exit 1'

# run_suite OPTION...: runs the suite without the tests of integration.skip. Prints a line a test,
# and what those that fail say.
run_suite() {
	local skip
	skip="^($(sed -n 's/\t.*//p' "$BATS_TEST_DIRNAME/integration.skip" | paste -sd '|'))"
	integration -test.v -test.timeout 1h -test.skip "$skip" \
		-cri-endpoint "unix://$CONTAINERD_ADDRESS" -build-dir /payload/kubernetes \
		-image-list /run/images.toml "$@" 3>&- 2>&1 |
		tee -a /run/log/integration.log | grep -P '^ *--- (PASS|FAIL|SKIP)|^ +\t'
	return "${PIPESTATUS[0]}"
}

@test "containerd's integration suite passes" {
	run run_suite
	printf '# %s\n' "${lines[@]}" >&3
	assert_success
	assert [ "$(grep -c -e '--- PASS' <<<"$output")" -ge 53 ]
	run ! grep -v selinux <(grep -e '--- SKIP' <<<"$output")
}

@test "negative control: with a sandbox whose program ends at once, the suite fails" {
	stop_daemon containerd
	start_containerd_2 registry.k8s.io/pause:3.9
	run ! run_suite -test.run '^TestSharedPidMultiProcessContainerStop$'
	assert_output --partial "--- FAIL: TestSharedPidMultiProcessContainerStop"
}
