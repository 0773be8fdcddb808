#!/usr/bin/env bats
# Reaping: of children that died before the exec, of orphans by the thousand, and of nobody who is only stopped.

load helper

# zombies TEST: how many of pause's children are dead and not reaped, as test(1) compares it: zombies -gt 300.
zombies() { test "$(pgrep --count --runstates Z --parent "$pid")" "$@"; }

@test "children that died before the exec are reaped at once, though no SIGCHLD follows" {
	for as in init process; do
		start "$as" perl -e 'for (1 .. 9) { push @pids, fork // die; exit if !$pids[-1] }
			for (@pids) { 1 until `cat /proc/$_/stat` =~ /\) Z / }
			exec {$ARGV[0]} @ARGV'
		eventually no_children
		stop TERM
	done
}

@test "5,000 orphans that die in a burst leave no zombie" {
	start init
	orphans 5000
	DEADLINE=30 eventually no_children
	stop TERM
}

@test "negative control: sleep as PID 1 reaps no orphan, and ends by neither SIGINT nor SIGTERM" {
	READY=true start init sh -c 'exec sleep infinity'
	orphans 50
	eventually zombies = 50
	DEADLINE=1 run ! eventually zombies = 0
	for signal in INT TERM; do
		DEADLINE=1 run ! stop "$signal"
	done
}

@test "of 50 children none is reaped, nor pause woken, when one is stopped and continued; when they die, all are" {
	for as in init process; do
		start "$as" perl -e 'for (1 .. 50) { fork // die or exec qw(sleep infinity) } exec {$ARGV[0]} @ARGV'
		child=$(pgrep --oldest --parent "$pid")
		eventually in_state "$pid" S
		before=$(field "$pid" voluntary_ctxt_switches)
		for i in 1 2 3 4 5; do
			kill -STOP "$child"
			eventually in_state "$child" T
			kill -CONT "$child"
			eventually in_state "$child" S
		done
		[ "$(field "$pid" voluntary_ctxt_switches)" = "$before" ]
		[ "$(pgrep --count --parent "$pid")" = 50 ]
		pkill -KILL --parent "$pid" # the control: a death does wake it
		eventually no_children
		[ "$(field "$pid" voluntary_ctxt_switches)" -gt "$before" ]
		stop TERM
	done
}

@test "SIGTERM ends a reaping that goes on" {
	# A minute of reaping, as strace slows each wait4 down.
	start init strace -D -o /dev/null -e inject=wait4:delay_enter=100ms
	orphans 600
	eventually zombies -gt 300
	DEADLINE=5 leaves TERM
}

@test "SIGTERM goes first when SIGCHLD comes with it" {
	run -0 timeout 10 strace -o "$BATS_TEST_TMPDIR/trace" perl -MPOSIX -e '
		sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGCHLD)); # both are pending when pause unblocks them
		kill $_ => $$ for qw(TERM CHLD);
		exec @ARGV' "$PAUSE"
	run ! grep wait4 "$BATS_TEST_TMPDIR/trace"
}

@test "SIGTERM in the middle of 20 bursts: status 0 each time" {
	for ((i = 0; i < 20; i++)); do
		start init
		orphans 100
		stop TERM
	done
}

# cloned: perl code that makes such a child, which waits. It may not exec: that gives it SIGCHLD (kernel, de_thread()).
cloned='require "syscall.ph"; $pid = syscall(&SYS_clone, 0, 0, 0, 0, 0); $pid or select undef, undef, undef, undef;'

@test "a child from before the exec with no exit signal is reaped, whether it died before or dies after" {
	for as in init process; do
		start "$as" perl -e "$cloned"'kill KILL => $pid; 1 until `cat /proc/$pid/stat` =~ /\) Z /; exec {$ARGV[0]} @ARGV'
		eventually no_children
		stop TERM

		# The kernel sends SIGCHLD for it after all, since its parent has called execve (do_notify_parent()).
		start "$as" perl -e "$cloned"' exec {$ARGV[0]} @ARGV'
		pkill -KILL --parent "$pid"
		eventually no_children
		stop TERM
	done
}
