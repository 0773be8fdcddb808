#!/usr/bin/env bats
# critest, the CRI's own conformance suite: its specs about sandboxes, or with CRITEST=all all.
load helper
export PATH=/payload/kubernetes:$PATH CONTAINERD_ADDRESS=/run/containerd/containerd.sock

setup_file() {
	start_containerd_2
	import_images
}
teardown_file() {
	rm -rf /run/certs.d
	[ "${CRITEST-}" != all ] || stop_registry
	stop_containerd
}
teardown() { :; }

# run_critest OPTION...: runs critest without the specs of critest.skip. Prints how many specs
# passed, each one that failed or was skipped, and why. Fails if one failed.
run_critest() {
	local status=0
	mapfile -t skip < <(sed -n 's/\t.*//; T; s/^/--ginkgo.skip=/p' "$BATS_TEST_DIRNAME/critest.skip")
	critest --runtime-endpoint "unix://$CONTAINERD_ADDRESS" --nri-socket /run/nri/nri.sock \
		--ginkgo.no-color "${skip[@]}" \
		--ginkgo.json-report "$BATS_TEST_TMPDIR/report" "$@" >/run/log/critest.log 2>&1 || status=$?
	jq --raw-output --rawfile skips "$BATS_TEST_DIRNAME/critest.skip" \
		--from-file "$BATS_TEST_DIRNAME/critest.jq" "$BATS_TEST_TMPDIR/report"
	return "$status"
}

# serve_images: a registry of our own has the images, for the specs that pull.
serve_images() {
	local name
	start_registry
	mkdir -p /run/certs.d/_default
	echo '[host."http://127.0.0.1:5000"]' >/run/certs.d/_default/hosts.toml
	for name in $(ctr images ls -q 'name~=^(registry.k8s|gcr).io'); do
		serve_image "oci-archive:/payload/kubernetes/images.tar:$name" "${name#*/}"
	done
}

@test "critest passes" {
	focus=(--ginkgo.focus-file '/(pod|security_context|multi_container|streaming)(_linux)?[.]go')
	least=55
	if [ "${CRITEST-}" = all ]; then
		focus=() least=80
		serve_images
	fi
	run -0 run_critest "${focus[@]}"
	printf '# %s\n' "${lines[@]}" >&3
	[[ ${lines[0]} =~ ([0-9]+)\ passed ]]
	assert [ "${BASH_REMATCH[1]}" -ge "$least" ]
}

@test "negative control: with a sandbox whose program ends at once, critest fails" {
	stop_daemon containerd
	start_containerd_2 registry.k8s.io/pause:3.9
	run ! run_critest --ginkgo.focus 'should support shared|HostPID'
	assert_output --regexp "[1-9] failed"
}
