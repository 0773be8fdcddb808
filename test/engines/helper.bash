# What every suite shares. PAUSE is the program under test: `make test` sets it, and so may you.
bats_require_minimum_version 1.5.0
TOP=$(realpath "${BASH_SOURCE[0]%/*}/../..")
: "${PAUSE:=$TOP/$(make -s -C "$TOP" print-PROGRAM)}"

# requires WHAT COMMAND...: skips the test for want of WHAT unless COMMAND succeeds; with STRICT=1 fails it.
requires() {
	"${@:2}" >/dev/null 2>&1 && return
	[ "${STRICT:-0}" = 1 ] || skip "needs $1"
	echo "needs $1, and STRICT=1 allows no skip" >&2
	return 1
}

setup() { requires "root, for namespaces" test "$(id -u)" = 0; }

# eventually COMMAND...: waits until COMMAND, silenced, succeeds; after DEADLINE (30) seconds it fails and says for what.
eventually() {
	local end=$((SECONDS + ${DEADLINE:-30}))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || { echo "not within ${DEADLINE:-30} s: $*" >&2; return 1; }
		sleep .02
	done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# field PID NAME: prints that field of /proc/PID/status; fails where there is none. (No loop in bash: bats traces it.)
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null | grep .; }

# ready PID: PID has handlers for SIGINT, SIGTERM and SIGCHLD, bits 1, 14 and 16. dash has those for the first and the last;
# a fork of bash has all until its exec, so that question comes first; qemu adds some of its own.
ready() { ! grep -qsx bash "/proc/$1/comm" && grep -qs '^SigCgt:.*[13579bdf][4-7c-f]..[2367abef]$' "/proc/$1/status"; }

# in_state PID LETTER: PID is in that state, as /proc has it.
in_state() { [[ $(field "$1" State) == "$2"* ]]; }

# start AS [COMMAND...]: starts PAUSE, by way of COMMAND if there is one (it has to exec), in the background: AS init as
# PID 1 of a new PID namespace, AS process with any other PID. Returns once pause is ready, or READY where that is set.
# Sets AS; job, to wait for; pid, which is pause as seen from here; and OUT and ERR, the files of its stdout and stderr.
start() {
	local ns=()
	[ "$1" = process ] || ns=(unshare --pid --fork --kill-child --mount-proc)
	AS=$1 OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err
	# A shell without job control starts its jobs with SIGINT ignored.
	env --default-signal "${ns[@]}" "${@:2}" "$PAUSE" >"$OUT" 2>"$ERR" 3>&- &
	job=$! pid=$!
	[ "$1" = process ] || eventually child_of "$job"
	eventually "${READY:-ready}" "$pid"
}

# child_of PID: sets pid to the first child of PID; fails while there is none.
child_of() { read -r pid _ < <(cat "/proc/$1/task/$1/children" 2>/dev/null; echo) && [ -n "$pid" ]; }

# ends [STATUS]: job has to end within the deadline, with STATUS or else 0.
ends() {
	local status=0
	eventually gone "$job" || return
	wait "$job" || status=$?
	[ "$status" = "${1:-0}" ] || { echo "the job ended with status $status, not ${1:-0}" >&2; return 1; }
}

# stop SIGNAL [STATUS]: sends SIGNAL to pause, upon which job has to end like that.
stop() { kill -s "$1" "$pid" && ends "${@:2}"; }

# said [LINE]: pause wrote just this to stderr; AS process the warning comes before it.
said() {
	diff <([ "$AS" = init ] || echo "Warning: pause should be the first process"; [ $# = 0 ] || echo "$1") "$ERR"
}

# leaves SIGNAL: upon SIGINT or SIGTERM pause says so, and job ends with status 0.
leaves() {
	local -A word=([INT]=Interrupt [TERM]=Terminated)
	stop "$1" && said "Shutting down, got signal: ${word[$1]}"
}

# orphans N: makes N orphans in the PID namespace of pid, which wait until their parent ends, and then die all at once.
orphans() {
	nsenter --target "$pid" --pid perl -e '
		setpgrp; # waitpid(0) would not reap them
		pipe R, W;
		for (1 .. shift) { fork // die "fork: $!" or do { close W; sysread R, $_, 1; exit } }' "$1"
}

no_children() { ! ps --ppid "$pid" >/dev/null; }

# linked FILE: is static (no interpreter, no dynamic section), with no executable stack and no segment W and X.
linked() {
	local headers
	headers=$(readelf --wide --file-header --program-headers "$1") && grep -q 'Type: *EXEC' <<<"$headers" &&
		grep -q 'GNU_STACK.* RW ' <<<"$headers" && ! grep -E 'INTERP|DYNAMIC|RWE' <<<"$headers"
}

# refuses TEXT COMMAND...: COMMAND fails with TEXT in what it prints, and leaves nothing in the test's own bin.
refuses() {
	run ! "${@:2}"
	[[ $output == *"$1"* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR/bin" 2>/dev/null)" ]
}

# Ends what a test left behind, whether it passed or not: its jobs, and the sessions that they lead.
teardown() {
	local IFS=, left
	mapfile -t left < <(jobs -p)
	[ ${#left[@]} = 0 ] || { pkill -KILL -s "${left[*]}"; kill -KILL "${left[@]}"; wait "${left[@]}"; } 2>/dev/null || true
}
