#!/usr/bin/env bats
# The README's roll-out for containerd 2, by its own commands, and its way back.
load helper
export PATH=/payload/kubernetes:$PATH CONTAINERD_ADDRESS=/run/containerd/containerd.sock

setup_file() {
	start_containerd_2 "$OTHER"
	import_images
	ctr images rm "$REF"
}
teardown_file() {
	crictl rmp --all --force
	stop_daemon containerd
}
teardown() { :; }

# run_pod NAME: runs a pod of a sandbox alone.
run_pod() {
	echo "metadata: {name: $1, namespace: default}" >"$BATS_TEST_TMPDIR/$1"
	crictl runp "$BATS_TEST_TMPDIR/$1"
}

# sandbox NAME: prints ID, PID, address and image of that pod's sandbox, if it runs.
sandbox() {
	crictl inspectp --state ready --name "^$1\$" | jq --exit-status --raw-output \
		'"\(.status.id) \(.info.pid) \(.status.network.ip) \(.info.image)"'
}

@test "roll-out: a pod keeps its sandbox and address, and new pods get our image, pinned" {
	run_pod old
	before=$(sandbox old)
	assert_regex "$before" "^[^ ]+ [0-9]+ 10[.]99[.][^ ]+ $OTHER$"
	roll_out
	run_pod new
	assert_regex "$(sandbox new)" " $REF$"
	POD=new assert_sandbox Uid=65535 CapEff=0000000000000000 NoNewPrivs=1
	assert_equal "$(sandbox old)" "$before"
}

@test "the way back: our pod keeps its sandbox, new pods get the old image, and ours goes" {
	before=$(sandbox new)
	assert_regex "$before" " $REF$"
	set_sandbox "$OTHER"
	systemctl restart containerd
	run_pod back
	assert_regex "$(sandbox back)" " $OTHER$"
	assert_equal "$(sandbox new)" "$before"
	crictl rmi "$REF"
	assert_refused "no such image" crictl inspecti "$REF"
}
