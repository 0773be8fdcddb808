#!/usr/bin/env bats
# System calls that the kernel refuses: the exit status tells which.

load helper

# Runs pause, which must end by itself, as PID 1 where init is set, with a fault that strace injects.
refused() { timeout 10 ${init:+unshare --pid --fork} strace -D -o "$BATS_TEST_TMPDIR/trace" -e inject="$1" "$PAUSE"; }

@test "sigaction(2) refused: statuses 1, 2 and 3; pause(2): the error, and 42" {
	signals=("" SIGINT SIGTERM SIGCHLD)
	for init in "" yes; do
		for nth in 1 2 3; do
			run -$nth refused "rt_sigaction:error=EINVAL:when=$nth"
			# As PID 1 it takes its tracer with it, and what that had still to write.
			[ -n "$init" ] || eventually grep -q "^rt_sigaction(${signals[nth]},.*(INJECTED)$" "$BATS_TEST_TMPDIR/trace"
		done
		run -42 refused "?pause,ppoll:error=EPERM"
		[ "${lines[-1]}" = "Error: infinite loop terminated" ]
	done
}
