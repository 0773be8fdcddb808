#!/usr/bin/env bats
# Reaping: of children that died before the exec, of orphans by the thousand, and of nobody who is only stopped.

load helper

# brood N FLAG COMMAND...: forks N children that end once the file FLAG is gone, and execs COMMAND.
brood='
	my ($n, $flag, @command) = @ARGV;
	for (1 .. $n) { fork // die "fork: $!" or do { select undef, undef, undef, .01 while -e $flag; exit } }
	exec @command or die "exec: $!"'

# early N COMMAND...: forks N children, waits until they are zombies, and execs COMMAND.
early='
	my ($n, @command) = @ARGV;
	for (1 .. $n) { push @pids, fork // die "fork: $!"; exit if !$pids[-1] }
	for (@pids) { do { open F, "/proc/$_/stat"; $stat = <F> } until $stat =~ /\) Z / }
	exec @command or die "exec: $!"'

no_zombies() { [ "$(zombies "$pid")" = 0 ]; }

@test "children that died before the exec are reaped at once, though no SIGCHLD follows" {
	for as in init process; do
		start "$as" perl -e "$early" 9
		eventually no_children
		stop TERM
	done
}

@test "children that die are reaped, as PID 1 and elsewhere" {
	for as in init process; do
		touch "$BATS_TEST_TMPDIR/flag"
		start "$as" perl -e "$brood" 50 "$BATS_TEST_TMPDIR/flag"
		[ "$(ps -o pid= --ppid "$pid" | wc -l)" = 50 ]
		rm "$BATS_TEST_TMPDIR/flag"
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

@test "negative control: sleep as PID 1 reaps no orphan" {
	READY=true start init sh -c 'exec sleep infinity'
	orphans 50
	eventually all_dead
	DEADLINE=1 run ! eventually no_zombies
}
all_dead() { [ "$(zombies "$pid")" = 50 ]; }

@test "a child stopped and continued wakes nothing, and is not reaped" {
	for as in init process; do
		touch "$BATS_TEST_TMPDIR/flag"
		start "$as" perl -e "$brood" 1 "$BATS_TEST_TMPDIR/flag"
		child=$(ps -o pid= --ppid "$pid") child=${child// /}
		eventually asleep
		before=$(field "$pid" voluntary_ctxt_switches)
		for i in 1 2 3 4 5; do
			kill -STOP "$child"
			eventually state "$child" T
			kill -CONT "$child"
			eventually state "$child" S
		done
		[ "$(field "$pid" voluntary_ctxt_switches)" = "$before" ]
		rm "$BATS_TEST_TMPDIR/flag" # the control: a death does wake it
		eventually no_children
		[ "$(field "$pid" voluntary_ctxt_switches)" -gt "$before" ]
		stop TERM
	done
}
state() { [[ $(field "$1" State) == "$2"* ]]; }

@test "orphans that die while SIGTERM arrives do not delay the exit" {
	# A minute of reaping, as strace slows each wait4 down; SIGTERM has to interrupt it.
	start init strace -D -o /dev/null -e inject=wait4:delay_enter=100ms
	orphans 600
	eventually reaping
	DEADLINE=5 stop TERM
	said init "Shutting down, got signal: Terminated"
}
reaping() { [ "$(zombies "$pid")" -gt 300 ]; }

@test "SIGTERM in the middle of 20 bursts: status 0 each time" {
	for ((i = 0; i < 20; i++)); do
		start init
		orphans 100
		stop TERM
	done
}
