#!/usr/bin/env bats
# make run: a sandbox in the foreground, joined from outside, stopped both ways, and gone.

load helper

# hold COMMAND...: runs COMMAND, which holds a sandbox, in the background; waits until it says how to join. Sets job,
# pid, and join, the command as it is printed. What it printed is in the file $OUT.
hold() {
	OUT=$BATS_TEST_TMPDIR/out
	rm -f "$OUT"
	setsid "$@" <&0 >"$OUT" 2>&1 3>&- & # a session, for teardown to end
	job=$!
	eventually grep -qs '^Ctrl-C stops it' "$OUT" || { cat "$OUT"; return 1; }
	read -ra join < <(tr -d '\r' <"$OUT" | grep -o 'nsenter .*')
	pid=${join[2]}
}

nothing_left() { gone "$pid" && ! pgrep -f "unshare .* $PAUSE" >/dev/null; }

@test "it prints the PID, the namespaces as lsns shows them, and how to join" {
	hold make -C "$TOP" run
	grep -q "held by PID $pid:" "$OUT"
	for namespace in net ipc uts pid; do
		grep -q "^$(stat -Lc %i "/proc/$pid/ns/$namespace") $namespace " "$OUT"
		[ "$(readlink "/proc/$pid/ns/$namespace")" != "$(readlink "/proc/self/ns/$namespace")" ]
	done
	[ "$(field "$pid" NSpid | tr '\t' ' ')" = "$pid 1" ]
	stop TERM
	nothing_left
}

@test "two that join share localhost, System V IPC and the hostname, but not with the host" {
	hold make -C "$TOP" run
	perl=(perl -MIO::Socket::INET -e)
	"${join[@]}" "${perl[@]}" 'IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:80")->accept->say("hello")' 3>&- &
	fetch='print IO::Socket::INET->new("127.0.0.1:80")->getline'
	eventually answered
	run ! "${perl[@]}" "$fetch"

	"${join[@]}" perl -e 'defined shmget 4711, 64, 01600 or die'
	"${join[@]}" perl -e 'defined shmget 4711, 64, 0 or die'
	run ! perl -e 'defined shmget 4711, 64, 0 or die'

	"${join[@]}" hostname in-the-sandbox
	[ "$("${join[@]}" hostname)" = in-the-sandbox ]
	[ "$(hostname)" != in-the-sandbox ]
	stop TERM
}
answered() { [ "$("${join[@]}" "${perl[@]}" "$fetch" 2>/dev/null)" = hello ]; }

@test "Ctrl-C stops it: pause's own message, status 0, and nothing stays behind" {
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 7<>"$BATS_TEST_TMPDIR/keys"
	hold script -qec "make -C '$TOP' run" /dev/null <&7
	printf '\003' >&7
	ends
	grep -q 'Shutting down, got signal: Interrupt' "$OUT"
	eventually grep -q 'pause exited with status 0' "$OUT"
	nothing_left
}

@test "SIGTERM stops it, sent to make or to the script" {
	hold "$TOP/test/sandbox.sh" "$PAUSE"
	kill -TERM "$job"
	ends
	grep -q 'Shutting down, got signal: Terminated' "$OUT"
	nothing_left

	hold make -C "$TOP" run
	kill -TERM "$job"
	eventually gone "$job" # with make's own status for a signal
	nothing_left
	eventually grep -q 'pause exited with status 0' "$OUT"
}

@test "SIGTERM before pause stands stops it too" {
	cd "$BATS_TEST_TMPDIR" || return
	printf '#!/bin/sh\ntouch waits; until [ -e go ]; do :; done; exec "%s"' "$PAUSE" >late
	chmod +x late
	setsid "$TOP/test/sandbox.sh" ./late >out 2>&1 3>&- &
	job=$!
	eventually test -e waits
	kill -TERM "$job"
	touch go
	ends
	grep -q 'pause exited with status 0' out
}

# An ordinary user may not read the checkout.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
copies() {
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	install -m 0755 "$PAUSE" "$BATS_TEST_TMPDIR/pause"
	install -m 0755 "$TOP/test/sandbox.sh" "$BATS_TEST_TMPDIR/"
}

@test "an ordinary user holds one in a user namespace" {
	requires "user namespaces for ordinary users (sysctl user.max_user_namespaces)" "${nobody[@]}" unshare --user true
	copies
	hold "${nobody[@]}" "$BATS_TEST_TMPDIR/sandbox.sh" "$BATS_TEST_TMPDIR/pause"
	[ "$(field "$pid" Uid | cut -f1)" = 65534 ]
	[ "$("${nobody[@]}" "${join[@]}" id -u)" = 0 ]
	stop TERM
}

@test "where the kernel allows it no user namespace, one clear line says so" {
	copies
	run -1 unshare --user --map-user=1000 --map-group=1000 --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$1"' "$BATS_TEST_TMPDIR/sandbox.sh" "$BATS_TEST_TMPDIR/pause"
	[ "$output" = "this kernel lets no ordinary user make namespaces (see user.max_user_namespaces): run it as root" ]
}

@test "a program that cannot run: its error and a status, no sandbox" {
	run -127 "$TOP/test/sandbox.sh" /nonexistent
	[[ $output == *"/nonexistent"* ]]
}
