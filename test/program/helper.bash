# Starts pause, and asserts what it does. PAUSE is the program under test.
load ../helper
: "${PAUSE:=$TOP/$(print_variable PROGRAM)}"

# status_field PID NAME: prints that field of /proc/PID/status. Fails if there is none.
status_field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null | grep .; }

# is_ready PID: PID has handlers for SIGINT, SIGTERM and SIGCHLD: bits 1, 14 and 16 of SigCgt. So
# has a fork of bash until its execve.
is_ready() {
	! grep -qsx bash "/proc/$1/comm" &&
		grep -qs '^SigCgt:.*[13579bdf][4-7c-f]..[2367abef]$' "/proc/$1/status"
}

# is_in_state PID LETTER: PID is in that state, as /proc/PID/status has it.
is_in_state() { [[ $(status_field "$1" State) == "$2"* ]]; }

# has_child PID: sets pid to the first child of PID. Fails if there is none.
has_child() {
	read -r pid _ < <(
		cat "/proc/$1/task/$1/children" 2>/dev/null
		echo
	)
	[ -n "$pid" ]
}

# start_pause AS [COMMAND...]: starts PAUSE in the background: AS init as PID 1 of a new PID
# namespace, AS process elsewhere. COMMAND runs before it, and has to exec it. Returns once pause is
# ready, or once READY succeeds. Sets AS, job (to wait for), pid (of pause), and OUT and ERR, the
# files with its stdout and stderr.
start_pause() {
	local namespace=()
	[ "$1" = process ] || namespace=(unshare --pid --fork --kill-child --mount-proc)
	AS=$1 OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err
	# A shell without job control starts its jobs with SIGINT and SIGQUIT ignored.
	env --default-signal "${namespace[@]}" "${@:2}" "$PAUSE" >"$OUT" 2>"$ERR" 3>&- &
	job=$! pid=$!
	[ "$1" = process ] || wait_until has_child "$job"
	wait_until "${READY:-is_ready}" "$pid"
}

# join COMMAND...: runs COMMAND in the PID namespace of pause.
join() { nsenter --target "$pid" --pid "$@"; }

# make_orphans N: makes N orphans in that namespace, which all die at once, as their parent ends.
make_orphans() {
	# In a process group of their own, as those of other containers are.
	# shellcheck disable=SC2016 # perl's variables
	join perl -e 'setpgrp; pipe R, W;
		for (1 .. shift) { fork // die "fork: $!" or do { close W; sysread R, $_, 1; exit } }' "$1"
}

# count_zombies TEST...: compares the number of pause's zombies, as test(1) does: -gt 9.
count_zombies() { test "$(pgrep --count --runstates Z --parent "$pid")" "$@"; }
has_no_children() { ! pgrep --parent "$pid" >/dev/null; }

# assert_exit_status [STATUS]: job ends within the deadline with STATUS, or else 0.
assert_exit_status() {
	local status=0
	wait_until is_gone "$job" || return
	wait "$job" || status=$?
	assert_equal "$status" "${1:-0}"
}

# assert_messages [LINE]: pause wrote just LINE to stderr, after the warning if its PID is not 1.
assert_messages() {
	diff <(
		[ "$AS" = init ] || echo "Warning: pause should be the first process"
		[ $# = 0 ] || echo "$1"
	) "$ERR" # unlike bash it sees a NUL
}

# assert_graceful_exit SIGNAL: upon SIGINT or SIGTERM pause says so and ends with status 0.
assert_graceful_exit() {
	local -A word=([INT]=Interrupt [TERM]=Terminated)
	kill -s "$1" "$pid"
	assert_exit_status 0 && assert_messages "Shutting down, got signal: ${word[$1]}"
}

# assert_stops: upon SIGTERM pause ends with status 0, whatever it could write.
assert_stops() {
	kill -TERM "$pid"
	assert_exit_status 0
}

# teardown: ends the test's jobs, and the sessions that they lead, even if the test failed.
teardown() {
	local IFS=, jobs
	mapfile -t jobs < <(jobs -p)
	[ ${#jobs[@]} = 0 ] || {
		pkill -KILL --session "${jobs[*]}"
		kill -KILL "${jobs[@]}"
		wait "${jobs[@]}"
	} 2>/dev/null || true
}

# wait_call: prints the system call that pause waits in here. Newer machines have no pause(2).
wait_call() {
	case $(uname -m) in
	aarch64 | riscv64 | loongarch64) echo ppoll ;;
	*) echo pause ;;
	esac
}
