#!/usr/bin/env bats
# make run: a sandbox in the foreground, joined from outside, stopped in several ways, and gone.
load helper

# hold_sandbox COMMAND...: starts COMMAND, which holds a sandbox, and waits until it says how to
# join. Sets job, pid (of pause), session (of all its processes), enter (the command that joins),
# and OUT, the file with its output.
hold_sandbox() {
	OUT=$BATS_TEST_TMPDIR/out
	: >"$OUT"
	setsid "$@" <&0 >"$OUT" 2>&1 3>&- & # a session, which teardown ends
	job=$!
	wait_until grep -q '^Ctrl-C stops it' "$OUT" || fail "$(<"$OUT")"
	read -ra enter < <(tr -d '\r' <"$OUT" | grep -o 'nsenter .*')
	pid=${enter[-1]}
	session=$(ps -o sess= --pid "$pid")
}

# has_ended: no process of the session is left, as pgrep's status says.
has_ended() {
	run pgrep --session "${session// /}"
	[ "$status" = 1 ] && is_gone "$pid"
}
assert_no_leftovers() { wait_until has_ended; }

@test "it prints the PID, the namespaces as lsns shows them, and how to join" {
	hold_sandbox make -C "$TOP" run
	run cat "$OUT"
	assert_line "The sandbox is held by PID $pid:"
	for namespace in net ipc uts pid; do
		inode=$(stat -Lc %i "/proc/$pid/ns/$namespace")
		assert_line --regexp "^ *$inode $namespace "
		assert_not_equal "$inode" "$(stat -Lc %i "/proc/self/ns/$namespace")"
	done
	assert_regex "$(status_field "$pid" NSpid)" "[[:space:]]1$"
	assert_stops
	assert_no_leftovers
}

@test "two that join share localhost, System V IPC and the hostname, but not with the host" {
	hold_sandbox make -C "$TOP" run
	socket=(perl -MIO::Socket::INET -e)
	# shellcheck disable=SC2016 # perl's variables
	fetch='print IO::Socket::INET->new("127.0.0.1:80")->getline'
	"${enter[@]}" "${socket[@]}" \
		'IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:80")->accept->say("hello")' 3>&- &
	wait_until "${enter[@]}" "${socket[@]}" "$fetch"

	"${enter[@]}" perl -e 'defined shmget 4711, 64, 01600 or die'
	"${enter[@]}" perl -e 'defined shmget 4711, 64, 0 or die'
	run ! perl -e 'defined shmget 4711, 64, 0 or die'

	"${enter[@]}" hostname in-the-sandbox
	assert_equal "$("${enter[@]}" hostname)" in-the-sandbox
	assert_not_equal "$(hostname)" in-the-sandbox
	assert_stops
}

@test "Ctrl-C stops it: pause's own message, status 0, and nothing stays behind" {
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 7<>"$BATS_TEST_TMPDIR/keys"
	hold_sandbox script -qec "make -C '$TOP' run" /dev/null <&7
	printf '\003' >&7
	assert_exit_status 0
	assert_file_contains "$OUT" "Shutting down, got signal: Interrupt"
	assert_file_contains "$OUT" "pause exited with status 0"
	assert_no_leftovers
}

@test "a terminal that is closed takes the sandbox with it" {
	hold_sandbox script -qec "make -C '$TOP' run" /dev/null
	kill -KILL "$job"
	wait_until is_gone "$pid"
	assert_no_leftovers
}

# assert_sigterm_stops COMMAND...: COMMAND holds a sandbox, and SIGTERM to it stops that.
assert_sigterm_stops() {
	hold_sandbox "$@"
	kill -TERM "$job"
	wait_until is_gone "$job"
	wait_until grep -q "pause exited with status 0" "$OUT"
	assert_file_contains "$OUT" "Shutting down, got signal: Terminated"
	assert_no_leftovers
}

@test "SIGTERM stops it, sent to make or to the script" {
	assert_sigterm_stops make -C "$TOP" run
	assert_sigterm_stops "$TOP/test/sandbox.sh" "$PAUSE"
}

@test "SIGINT to make and its group, which have no terminal, stops it" {
	hold_sandbox env --default-signal=INT make -C "$TOP" run
	kill -INT -- "-$job"
	wait_until is_gone "$job"
	assert_file_contains "$OUT" "pause exited with status 0"
	assert_no_leftovers
}

@test "SIGTERM before pause is ready stops it" {
	cd "$BATS_TEST_TMPDIR" || return
	printf '#!/bin/sh\ntouch waits; until [ -e go ]; do :; done; exec "%s"' "$PAUSE" >late
	chmod +x late
	setsid "$TOP/test/sandbox.sh" ./late >out 2>&1 3>&- &
	job=$!
	wait_until test -e waits
	kill -TERM "$job"
	touch go
	assert_exit_status 0
	assert_file_contains out "pause exited with status 0"
}

@test "an ordinary user holds one in a user namespace" {
	hold_sandbox unshare --user --map-user=1000 --map-group=1000 \
		"$TOP/test/sandbox.sh" "$PAUSE"
	assert_equal "${enter[*]:5:2}" "--user --preserve-credentials"
	assert_stops
}

@test "an ordinary user without user namespaces gets one clear line" {
	# shellcheck disable=SC2016 # the inner shell's variables
	run -1 unshare --user --map-user=1000 --map-group=1000 --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$1"' \
		"$TOP/test/sandbox.sh" "$PAUSE"
	assert_output "this kernel lets no ordinary user make namespaces: run it as root"
}

@test "a program that cannot run: its error, a status, and no sandbox" {
	run -127 "$TOP/test/sandbox.sh" /nonexistent
	assert_output --partial /nonexistent
}
