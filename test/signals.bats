#!/usr/bin/env bats
# Signals: which end pause, what it says, and which exit status follows.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # subshells; the helper's variables
load helper

@test "SIGINT as PID 1: message and status 0" {
	start_pause init
	assert_graceful_exit INT
	assert_file_empty "$OUT"
}

@test "SIGTERM as PID 1: message and status 0" {
	start_pause init
	assert_graceful_exit TERM
	assert_file_empty "$OUT"
}

# bats test_tags=process
@test "SIGINT and SIGTERM elsewhere: the warning first, then the same" {
	for signal in INT TERM; do
		start_pause process
		assert_messages
		assert_graceful_exit "$signal"
		assert_file_empty "$OUT"
	done
}

# bats test_tags=process
@test "SIGCHLD, SIGCONT, SIGURG and SIGWINCH change nothing" {
	for signal in CHLD CONT URG WINCH; do
		start_pause process
		kill -s "$signal" "$pid"
		assert_stops
	done
}

# bats test_tags=fatal,process
@test "signals that stop by default stop it" {
	for signal in TSTP TTIN TTOU; do
		# They stop no orphaned process group (kernel, get_signal()), as bats' own may be.
		set -m
		start_pause process
		set +m
		kill -s "$signal" "$pid"
		wait_until is_in_state "$pid" T
	done
}

# bats test_tags=fatal,process
@test "signals that kill by default kill it" {
	for signal in {1..31}; do
		case $(kill -l "$signal") in
		INT | TERM | KILL | CHLD | CONT | URG | WINCH | STOP | TSTP | TTIN | TTOU) continue ;;
		esac
		start_pause process
		kill -s "$signal" "$pid"
		assert_exit_status $((128 + signal))
	done
}

# bats test_tags=process
@test "a signal that was ignored before the execve stays ignored" {
	start_pause process env --ignore-signal=HUP
	kill -HUP "$pid"
	assert_graceful_exit TERM
}

# bats test_tags=fatal
@test "as PID 1 it gets no other signal from inside its namespace, not even SIGKILL and SIGSTOP" {
	start_pause init
	for signal in {1..31}; do
		case $(kill -l "$signal") in INT | TERM) continue ;; esac
		join kill -s "$signal" 1
	done
	assert_graceful_exit TERM
}

# bats test_tags=native,fatal
@test "while it waits, it blocks no signal, catches three and ignores what was ignored before" {
	for as in init process; do
		for how in "" --block-signal --ignore-signal "--block-signal --ignore-signal"; do
			read -ra command <<<"${how:+env $how}"
			ignored=$(env --default-signal "${command[@]}" sed -n 's/^SigIgn:\t//p' /proc/self/status)
			start_pause "$as" "${command[@]}"
			wait_until is_in_state "$pid" S
			assert_equal "$(status_field "$pid" SigBlk)" 0000000000000000
			assert_equal "$(status_field "$pid" SigCgt)" 0000000000014002
			assert_equal "$(status_field "$pid" SigIgn)" "$(printf %016x $((0x$ignored & ~0x14002)))"
			assert_stops
		done
	done
}

@test "its end as PID 1 ends all of its namespace, and the namespaces below" {
	start_pause init
	# They hold a pipe, whose end comes when all of them are gone.
	exec 8< <(join unshare --pid --fork sh -c \
		'for _ in 1 2 3 4 5; do sleep infinity & done; echo started; wait' 3>&-)
	read -r -u 8 line
	assert_equal "$line" started
	assert_graceful_exit TERM
	run read -r -t "$DEADLINE" -u 8 line
	assert_failure 1 # a timeout is more than 128
}

@test "a kill(-1) from inside ends 100 others, and pause reaps them" {
	start_pause init
	join perl -e 'for (1 .. 100) { fork // die or exec qw(sleep infinity) }'
	wait_until eval '[ "$(pgrep --count --parent "$pid" sleep)" = 100 ]'
	join sh -c 'kill -USR1 -1' || true
	wait_until has_no_children
	assert_graceful_exit TERM
}

# start_pending SIGNAL AS: starts pause with SIGNAL sent to it before, and blocked until pause
# unblocks it.
start_pending() {
	start_pause "$2" perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new($n = shift));
		kill $n => $$; exec @ARGV' "$(kill -l "$1")"
}

# bats test_tags=fatal
@test "a signal that was blocked and pending comes when it is unblocked; as PID 1 it is lost" {
	for signal in HUP USR1; do
		start_pending "$signal" init
		assert_graceful_exit TERM
		READY=true start_pending "$signal" process
		assert_exit_status $((128 + $(kill -l "$signal")))
	done
	# It ends at once, so nobody waits for it to be ready.
	terminated=(perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM));
		kill TERM => $$; exec @ARGV' "$PAUSE")
	run -0 "${as_root[@]}" unshare --pid --fork "${terminated[@]}"
	assert_output "Shutting down, got signal: Terminated"
	run -0 "${terminated[@]}"
	assert_line --index 1 "Shutting down, got signal: Terminated"
}

# send_many PID...: sends each SIGINT and SIGTERM, several times over.
send_many() {
	for signal in INT TERM INT TERM INT; do kill -s "$signal" "$@" 2>/dev/null || :; done
}

# assert_one_message FILE: FILE has just one message of a shutdown.
assert_one_message() {
	assert_equal "$(grep -c '^Shutting down, got signal: \(Interrupt\|Terminated\)$' "$1")" 1
}

# Sanitizers take the same paths in the test below; their slowness would hide these races.
# bats test_tags=native,fatal
@test "SIGINT and SIGTERM many times at once: one message and status 0, 200 times" {
	for _ in {1..10}; do
		pids=()
		for n in {1..20}; do
			"$PAUSE" 2>"$BATS_TEST_TMPDIR/$n" 3>&- &
			pids+=($!)
		done
		for pid in "${pids[@]}"; do wait_until is_ready "$pid"; done
		send_many "${pids[@]}"
		for job in "${pids[@]}"; do assert_exit_status 0; done
		for n in {1..20}; do assert_one_message "$BATS_TEST_TMPDIR/$n"; done
	done
}

@test "SIGINT and SIGTERM many times at once as PID 1, 10 times" {
	for _ in {1..10}; do
		start_pause init
		send_many "$pid"
		assert_exit_status 0
		assert_one_message "$ERR"
	done
}
