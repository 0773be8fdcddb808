#!/usr/bin/env bats
# System calls: how many pause makes, and which exit status follows when the kernel refuses one.
# shellcheck disable=SC2016,SC2154 # perl and sh have variables; the helper sets as_root
load helper

# run_refused STATUS FAULT [COMMAND...]: runs pause by COMMAND with a FAULT that strace injects. It
# ends by itself with STATUS.
run_refused() {
	run "-$1" timeout "$DEADLINE" "${@:3}" \
		strace -D -o "$BATS_TEST_TMPDIR/trace" -e "inject=$2" "$PAUSE"
}

@test "sigaction(2) refused for SIGINT, SIGTERM, SIGCHLD: status 1, 2, 3" {
	signals=("" SIGINT SIGTERM SIGCHLD)
	for nth in 1 2 3; do
		run_refused "$nth" "rt_sigaction:error=EINVAL:when=$nth"
		wait_until grep -q "^rt_sigaction(${signals[nth]},.*(INJECTED)$" "$BATS_TEST_TMPDIR/trace"
		# When PID 1 ends, its tracer dies with it, and the last lines of the trace are lost.
		run_refused "$nth" "rt_sigaction:error=EINVAL:when=$nth" "${as_root[@]}" unshare --pid --fork
	done
}

@test "pause(2) refused: the error and status 42" {
	run_refused 42 "$(wait_call):error=EPERM"
	assert_line --index 1 "Error: infinite loop terminated"
	run_refused 42 "$(wait_call):error=EPERM" "${as_root[@]}" unshare --pid --fork
	assert_output "Error: infinite loop terminated"
}

# run_without_pause COMMAND...: runs pause by COMMAND, with pause(2) refused. It ends with 42.
run_without_pause() {
	run -42 timeout "$DEADLINE" \
		strace -qq -o /dev/null -e "inject=$(wait_call):error=EPERM" "$@" "$PAUSE"
}

@test "pause(2) refused: status 42 even if stderr has no reader" {
	run_without_pause perl -e 'pipe R, W; close R; open STDERR, ">&W"; exec {$ARGV[0]} @ARGV'
}

@test "pause(2) refused: status 42 even if stderr is a file at its size limit" {
	run_without_pause prlimit --fsize=0 sh -c 'exec "$1" 2>"$0"' "$BATS_TEST_TMPDIR/file"
}

@test "pause(2) refused: status 42 even in the background of a terminal set to tostop" {
	export PAUSE CALL
	CALL=$(wait_call)
	cat >"$BATS_TEST_TMPDIR/script" <<-'T'
		set -m
		stty tostop
		strace -qq -o /dev/null -e "inject=$CALL:error=EPERM" "$PAUSE" &
		wait $!
	T
	run -42 timeout "$DEADLINE" script -qec "bash '$BATS_TEST_TMPDIR/script'" /dev/null
	assert_output --partial "Error: infinite loop terminated"
}

@test "it makes at most 9 system calls from the execve until it waits" {
	start_pause init strace -D -o "$BATS_TEST_TMPDIR/trace" --columns=1
	wait_until grep -q "^$(wait_call)" "$BATS_TEST_TMPDIR/trace"
	run grep -vcE "^(execve|$(wait_call))" "$BATS_TEST_TMPDIR/trace"
	assert [ "$output" -le 9 ]
}
