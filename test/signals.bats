#!/usr/bin/env bats
# Signals: which end pause, what it says, and which exit status follows.
# shellcheck disable=SC2030,SC2031,SC2034 # a test is a subshell; the helper uses pid and job
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

@test "SIGINT and SIGTERM elsewhere: the warning first, then the same" {
	for signal in INT TERM; do
		start_pause process
		assert_messages
		assert_graceful_exit "$signal"
		assert_file_empty "$OUT"
	done
}

@test "SIGCHLD, SIGCONT, SIGURG and SIGWINCH change nothing" {
	for signal in CHLD CONT URG WINCH; do
		start_pause process
		kill -s "$signal" "$pid"
		assert_stops
	done
}

# bats test_tags=fatal
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

# bats test_tags=fatal
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

# send_many PID...: sends each SIGINT and SIGTERM, several times over.
send_many() {
	for signal in INT TERM INT TERM INT; do kill -s "$signal" "$@" 2>/dev/null || :; done
}

# assert_one_message FILE: FILE has just one message of a shutdown.
assert_one_message() {
	assert_equal "$(grep -c '^Shutting down, got signal: \(Interrupt\|Terminated\)$' "$1")" 1
}

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
