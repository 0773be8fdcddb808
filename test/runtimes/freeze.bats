#!/usr/bin/env bats
# Frozen and thawed by cgroup v2, as `docker pause` and a checkpoint of the pod freeze it.
# shellcheck disable=SC2016,SC2154 # sh has variables of its own; the helper sets pid
load ../helper
CGROUP=/sys/fs/cgroup/freeze

setup() {
	mkdir -p "$CGROUP"
	thaw # what a failed test left
}
is_frozen() { grep -qx "frozen $1" "$CGROUP/cgroup.events"; }
freeze() {
	echo 1 >"$CGROUP/cgroup.freeze"
	wait_until is_frozen 1
}
thaw() { echo 0 >"$CGROUP/cgroup.freeze"; }

# start_frozen: starts pause as PID 1, freezes it, and makes it 100 orphans, which die meanwhile.
start_frozen() {
	start_pause init sh -c 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"' - "$CGROUP"
	freeze
	make_orphans 100
	wait_until count_zombies = 100
}

@test "orphans that die while it is frozen are reaped after the thaw" {
	start_frozen
	thaw
	wait_until has_no_children
	assert_graceful_exit TERM
}

@test "SIGTERM and SIGINT that come while it is frozen end it after the thaw: status 0" {
	local -A word=([INT]=Interrupt [TERM]=Terminated)
	for signal in TERM INT; do
		start_frozen
		kill -s "$signal" "$pid"
		is_frozen 1
		thaw
		assert_exit_status 0
		assert_messages "Shutting down, got signal: ${word[$signal]}"
	done
}
