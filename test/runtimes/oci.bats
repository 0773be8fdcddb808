#!/usr/bin/env bats
# The OCI runtimes themselves: a bundle that umoci unpacks, as other tools do.
load helper

setup_file() {
	skopeo copy --quiet "oci-archive:$ARCHIVE" oci:/run/image:1
	umoci unpack --image /run/image:1 /run/bundle
	jq '.process.terminal = false' /run/bundle/config.json >/run/config.json
	cp /run/config.json /run/bundle
}
teardown() { "$RUNTIME" delete --force pod >/dev/null 2>&1 || true; }
pid_of() { "$RUNTIME" state pod | jq .pid; }

# assert_runs RUNTIME: RUNTIME runs the bundle until SIGTERM; pause says so and ends with status 0.
assert_runs() {
	RUNTIME=$1
	"$RUNTIME" run --bundle /run/bundle pod >/run/output 2>&1 3>&- &
	wait_until "$RUNTIME" state pod
	wait_until pid_of
	[ "$RUNTIME" = runsc ] || assert_sandbox Uid=65535
	wait_until "$RUNTIME" kill pod TERM
	run -0 wait $!
	assert_file_contains /run/output "Shutting down, got signal: Terminated"
}

@test "runc runs the bundle" {
	assert_runs runc
}

@test "crun runs the bundle" {
	assert_runs crun
}
