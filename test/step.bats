#!/usr/bin/env bats
# A signal or a death before each instruction, from the execve to the wait and in the handlers. STEP
# is which instructions (step.c says more): calls, those at a system call, or all.
# arm64's program has the same in its guest (test/kernels). qemu-user has no ptrace(2) for the other
# platforms, and their guests' debuggers would each be another harness: they share the C, and
# platforms.bats has their signals.
# shellcheck disable=SC2154 # the helper sets as_root, and run lines
load helper

setup_file() {
	case $(print_variable HOST) in
	amd64 | arm64) ;;
	*) skip "step.c knows the system calls of amd64 and arm64 alone" ;;
	esac
	STEP_DIR=$TOP/build/$(print_variable HOST)
	export STEP_DIR
	make -s -C "$TOP" "${STEP_DIR#"$TOP"/}"/{step,step-control}
}

# run_step ARGUMENT...: runs the harness. It needs /proc of its namespace, the right to make one,
# and no signal ignored, as nohup(1) ignores SIGHUP.
run_step() {
	run env --default-signal "${as_root[@]}" unshare --pid --fork --kill-child --mount-proc \
		"$STEP_DIR/step" "$@"
	echo "# ${lines[-1]##*/}" >&3
}

@test "a signal or a death at an instruction: it ends or goes on as the contract says" {
	run_step "${STEP:-calls}" "$PAUSE"
	assert_success
	assert_output --regexp " [0-9]{4,} instructions, [0-9]{3,} runs, 0 failures$"
}

@test "negative control: with the shape of Kubernetes' own, zombies and second messages are found" {
	run_step calls "$STEP_DIR/step-control"
	assert_failure 1
	assert_output --partial "the death of a child before instruction 0 of the start: a zombie is left"
	assert_output --partial "of SIGTERM: another message"
}
