# What the suites share.
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file
TOP=$(realpath "${BASH_SOURCE[0]%/*}/..")

# print_variable NAME: prints that variable of the Makefile. Fails if it is empty. Under a make that
# says which directories it enters, MAKEFLAGS has w, which -s does not undo.
print_variable() { make -s --no-print-directory -C "$TOP" "print-$1" | grep .; }

# copy_tree PLATFORM...: makes the directory a tree to build in, with the libcs that are built.
copy_tree() {
	unset CFLAGS CPPFLAGS LDFLAGS STRIP # a packager's, in the environment
	[ -z "${MUSL-}" ] || MUSL=$(cd "$TOP" && realpath "$MUSL")
	mkdir -p build/cache
	cp -R --preserve=timestamps "$TOP"/{Makefile,pause.c,.make} .
	cp -R --preserve=timestamps "$TOP"/build/musl{,.tree,.vars} build
	for platform; do cp -R --preserve=timestamps -T "$TOP/build/$platform" "build/$platform"; done
	ln -s "$TOP"/build/cache/musl-* build/cache
}

export LC_ALL=C.UTF-8 # messages that the suites know

# assert_refused TEXT COMMAND...: COMMAND fails with TEXT.
assert_refused() {
	run ! "${@:2}"
	assert_output --partial "$1"
}

# Nothing is proved by the clock. DEADLINE, in seconds, only ends what would never end.
export DEADLINE=${DEADLINE:-300}

# wait_until COMMAND...: repeats COMMAND, silently, until it succeeds. Fails after DEADLINE seconds.
# It asks less and less often: in the node a question takes a processor.
wait_until() {
	local end=$((SECONDS + DEADLINE)) ms=20
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "not within $DEADLINE seconds: $*" || return
		sleep "${ms}e-3"
		((ms = ms < 1000 ? ms + ms / 5 : 1000))
	done
}

# fake COMMAND SCRIPT: puts a COMMAND first into PATH that runs SCRIPT, for this test or, in
# setup_file, for the suite.
fake() {
	local fakes=${BATS_TEST_TMPDIR-$BATS_FILE_TMPDIR}/fakes
	mkdir -p "$fakes"
	printf '#!/bin/bash\n%s\n' "$2" >"$fakes/$1"
	chmod +x "$fakes/$1"
	[[ $PATH == "$fakes:"* ]] || export PATH=$fakes:$PATH
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# assert_stderr [--partial] TEXT: what `run --separate-stderr` left in stderr is, or contains, TEXT.
# bats-assert has this from 2.2 on.
if ! declare -F assert_stderr >/dev/null; then
	# shellcheck disable=SC2154 # run sets stderr
	assert_stderr() { output=$stderr assert_output "$@"; }
fi

: "${PAUSE:=$TOP/$(print_variable PROGRAM)}"

# status_field PID NAME: prints that field of /proc/PID/status. Fails if there is none.
status_field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null | grep .; }

# assert_static FILE: nothing is left to a loader (no interpreter, dynamic section or relocation),
# the stack is not executable, and no segment is both writable and executable.
assert_static() {
	run -0 readelf --wide --program-headers --relocs "$1"
	assert_output --partial "There are no relocations in this file." &&
		assert_output --regexp 'GNU_STACK.* RW ' &&
		refute_output --regexp 'INTERP|DYNAMIC|RWE'
}

# has_handlers PID: PID has handlers for SIGINT, SIGTERM and SIGCHLD.
has_handlers() {
	local caught number
	caught=$(status_field "$1" SigCgt) || return
	for number in 2 15 17; do
		((0x$caught >> (number - 1) & 1)) || return
	done
}

# is_ready PID: PID is pause, with its handlers. A fork of bash has the same until its execve.
is_ready() { ! grep -qsx bash "/proc/$1/comm" && has_handlers "$1"; }

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

# An ordinary user gets the rights that the tests need in a user namespace.
as_root=() join_user=()
[ "$(id -u)" = 0 ] || [ "${NAMESPACES-}" = no ] || {
	as_root=(unshare --user --map-root-user)
	join_user=(--user --preserve-credentials)
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
	env --default-signal "${as_root[@]}" "${namespace[@]}" "${@:2}" "$PAUSE" >"$OUT" 2>"$ERR" 3>&- &
	job=$! pid=$!
	[ "$1" = process ] || wait_until has_child "$job"
	wait_until "${READY:-is_ready}" "$pid"
}

# join COMMAND...: runs COMMAND in the PID namespace of pause.
join() { nsenter --target "$pid" "${join_user[@]}" --pid "$@"; }

# make_orphans N: makes N orphans in that namespace, which all die at once, as their parent ends.
make_orphans() {
	# In a process group of their own, as those of other containers are.
	# shellcheck disable=SC2016 # perl's variables
	join perl -e 'setpgrp; pipe R, W;
		for (1 .. shift) { fork // die "fork: $!" or do { close W; sysread R, $_, 1; exit } }' "$1"
}

# count_zombies TEST...: compares the number of pause's zombies, as test(1) does: -gt 9.
count_zombies() { test "$(pgrep --count --runstates Z --parent "$pid")" "$@"; }
has_no_children() { children=$(cat "/proc/$pid/task/$pid/children") && [ -z "$children" ]; }

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

# teardown: ends the test's jobs, their children, and the sessions that they lead, even if the test
# failed.
teardown() {
	local IFS=, jobs
	mapfile -t jobs < <(jobs -p)
	[ ${#jobs[@]} = 0 ] || {
		pkill -KILL --session "${jobs[*]}"
		pkill -KILL --parent "${jobs[*]}"
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

# make_archive VARIABLE=VALUE...: makes the archive with these, and unpacks it. Sets ARCHIVE, and
# LAYOUT, the directory with what is in it.
make_archive() {
	make -s -C "$TOP" archive "$@"
	ARCHIVE=$TOP/$(make -s -C "$TOP" print-ARCHIVE "$@").tar
	LAYOUT=$BATS_FILE_TMPDIR/layout
	rm -rf "$LAYOUT"
	mkdir "$LAYOUT"
	tar -xf "$ARCHIVE" -C "$LAYOUT"
	export ARCHIVE LAYOUT
}

# blob: prints the blob whose descriptor is on stdin.
blob() { cat "$LAYOUT/blobs/$(jq -r '.digest | sub(":"; "/")')"; }

# blobs: prints the documents whose descriptors are on stdin, one a line.
blobs() { jq -c . | while read -r descriptor; do blob <<<"$descriptor" | jq -c .; done; }

# These print the image index, its manifests, and their configs.
index() { jq '.manifests[]' "$LAYOUT/index.json" | blobs; }
manifests() { index | jq '.manifests[]' | blobs; }
configs() { manifests | jq .config | blobs; }

# assert_json FILTER: jq's FILTER is true of each document on stdin, and there is one at least.
# FILTER may have several results, but not none.
assert_json() {
	local documents
	documents=$(cat)
	assert [ -n "$documents" ]
	run -0 jq -c "select([$1] | length > 0 and all | not)" <<<"$documents"
	assert_output "" # a document of which it is not true
}
