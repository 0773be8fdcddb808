#!/usr/bin/env bats
# Reaping: every dead child, whatever it was, and nobody who is only stopped.
# shellcheck disable=SC2016,SC2154 # perl has variables of its own; the helper sets pid and job
load helper

@test "children that died before the execve are reaped at once, though no SIGCHLD follows" {
	for as in init process; do
		start_pause "$as" perl -e 'for (1 .. 9) { push @pids, fork // die; exit if !$pids[-1] }
			for (@pids) { 1 until `cat /proc/$_/stat` =~ /\) Z / }
			exec {$ARGV[0]} @ARGV'
		wait_until has_no_children
		assert_graceful_exit TERM
	done
}

# clone_child: perl code that makes a child with no exit signal. The child waits, and must not call
# execve, which would give it SIGCHLD for one (kernel, de_thread()).
clone_child='require "syscall.ph"; $pid = syscall(&SYS_clone, 0, 0, 0, 0, 0);
	$pid or select undef, undef, undef, undef;'

@test "a child with no exit signal that died before the execve is reaped" {
	for as in init process; do
		start_pause "$as" perl -e "$clone_child"'kill KILL => $pid;
			1 until `cat /proc/$pid/stat` =~ /\) Z /; exec {$ARGV[0]} @ARGV'
		wait_until has_no_children
		assert_graceful_exit TERM
	done
}

@test "a child with no exit signal that dies after the execve is reaped" {
	# The kernel does send SIGCHLD: its parent has called execve since (do_notify_parent()).
	for as in init process; do
		start_pause "$as" perl -e "$clone_child"'exec {$ARGV[0]} @ARGV'
		pkill -KILL --parent "$pid"
		wait_until has_no_children
		assert_graceful_exit TERM
	done
}

@test "3,000 orphans that die at once leave no zombie" {
	start_pause init
	make_orphans 3000
	wait_until has_no_children
	assert_graceful_exit TERM
}

@test "orphans that die while it is stopped are all reaped by one SIGCHLD, and so the next time" {
	start_pause init
	for _ in 1 2; do
		kill -STOP "$pid"
		wait_until is_in_state "$pid" T
		make_orphans 50
		wait_until count_zombies = 50
		kill -CONT "$pid"
		wait_until has_no_children
	done
	assert_graceful_exit TERM
}

@test "negative control: sleep as PID 1 leaves every orphan a zombie, and ignores SIGTERM" {
	READY=true start_pause init sh -c 'exec sleep infinity'
	make_orphans 50
	wait_until count_zombies = 50
	kill -TERM "$pid"
	make_orphans 50
	wait_until count_zombies = 100
}

switches() { status_field "$pid" voluntary_ctxt_switches; }
has_woken() { [ "$(switches)" -gt "$before" ]; }

@test "a child that stops and continues neither is reaped nor wakes pause; one that dies does" {
	for as in init process; do
		start_pause "$as" perl -e 'for (1 .. 50) { fork // die or setpgrp, exec qw(sleep infinity) }
			exec {$ARGV[0]} @ARGV'
		child=$(pgrep --oldest --parent "$pid")
		wait_until is_in_state "$child" S
		wait_until is_in_state "$pid" S
		before=$(switches)
		for stop in STOP TSTP TTIN TTOU STOP; do
			kill -s "$stop" "$child"
			wait_until is_in_state "$child" T
			kill -CONT "$child"
			wait_until is_in_state "$child" S
		done
		assert_equal "$(switches)" "$before"
		assert_equal "$(pgrep --count --parent "$pid")" 50
		pkill -KILL --parent "$pid"
		wait_until has_no_children
		wait_until has_woken # Linux counts when it sleeps again
		assert_graceful_exit TERM
	done
}

@test "SIGTERM interrupts the reaper" {
	# In its handler wait4 always finds another child: without the interrupt, this never ends.
	start_pause init strace -D -o "$BATS_TEST_TMPDIR/trace" \
		-e inject=wait4:retval=1:delay_exit=1ms:when=2+
	make_orphans 1
	wait_until grep -q "SIGCHLD {" "$BATS_TEST_TMPDIR/trace"
	assert_graceful_exit TERM
}

# bats test_tags=fatal
@test "SIGTERM goes first if SIGCHLD comes with it" {
	# Both are pending when pause unblocks them.
	run -0 timeout "$DEADLINE" strace -o "$BATS_TEST_TMPDIR/trace" perl -MPOSIX -e '
		sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGCHLD));
		kill $_ => $$ for qw(TERM CHLD);
		exec @ARGV' "$PAUSE"
	assert_file_contains "$BATS_TEST_TMPDIR/trace" "SIGTERM {"
	run cat "$BATS_TEST_TMPDIR/trace"
	refute_output --partial wait4
}

@test "SIGTERM in the middle of a burst of orphans, 20 times: status 0" {
	for _ in {1..20}; do
		start_pause init
		make_orphans 100
		assert_graceful_exit TERM
	done
}
