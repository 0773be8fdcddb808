#!/usr/bin/env bats
# Bad surroundings: pause starts, and stops on SIGTERM with status 0, all the same.
# shellcheck disable=SC2016,SC2034 # perl and sh have variables of their own; the helper uses job
load helper

# assert_robust COMMAND...: started by COMMAND, as PID 1 and elsewhere, pause stops on SIGTERM. END
# may be an assertion that asks for more.
assert_robust() {
	for as in init process; do
		start_pause "$as" "$@"
		${END-assert_stops}
	done
}

@test "signals blocked before the execve: SIGTERM stops it" {
	END="assert_graceful_exit TERM" assert_robust env --block-signal
}

@test "signals blocked before the execve: orphans are reaped, and SIGINT stops it" {
	start_pause init env --block-signal
	make_orphans 1
	wait_until has_no_children
	assert_graceful_exit INT
}

@test "it stops on signals that were ignored before the execve" {
	END="assert_graceful_exit TERM" assert_robust env --ignore-signal
}

@test "it stops with stdin, stdout and stderr closed" {
	assert_robust sh -c 'exec "$0" <&- >&- 2>&-'
}

@test "it stops with a full device, a directory, or a file open for reading as stderr" {
	assert_robust sh -c 'exec "$0" 2>/dev/full'
	assert_robust sh -c 'exec "$0" 2</'
	assert_robust sh -c 'exec "$0" 2</dev/null'
}

# fill_fifo FIFO: makes a FIFO, unless it is there, and fills it. This shell has it open as file
# descriptor 7.
fill_fifo() {
	[ -p "$1" ] || mkfifo "$1"
	exec 7<>"$1"
	run -1 dd if=/dev/zero of="$1" bs=4096 oflag=nonblock
	assert_output --partial "Resource temporarily unavailable"
}

@test "it starts and stops with a full pipe that nobody reads as stderr" {
	fill_fifo "$BATS_TEST_TMPDIR/fifo"
	assert_robust sh -c 'exec "$0" 2>"$1"' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
}

@test "a pipe with room for one message as stderr gets that message whole" {
	fill_fifo "$BATS_TEST_TMPDIR/fifo"
	dd bs=4096 count=1 <&7 >/dev/null 2>&1
	assert_robust sh -c 'exec "$0" 2>"$1"' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
	run bash -c 'dd iflag=nonblock bs=1M <&7 2>/dev/null | tr -d "\0"'
	assert_output "Shutting down, got signal: Terminated"
}

# start_filled NTH: starts pause, as AS process, with a pipe as stderr that another writer fills
# just after pause has asked with its NTH poll(2) whether there is room.
start_filled() {
	local fifo trace
	fifo=$(mktemp -u "$BATS_TEST_TMPDIR/XXX") trace=$fifo.trace
	mkfifo "$fifo"
	exec 7<>"$fifo"
	READY=true start_pause process strace -D -o "$trace" \
		-e "inject=?poll,?ppoll:signal=STOP:when=$1" sh -c 'exec "$0" 2>"$1"' "$PAUSE" "$fifo"
	[ "$1" = 1 ] || {
		wait_until is_ready "$pid"
		wait_until is_in_state "$pid" S
		kill -TERM "$pid"
	}
	wait_until grep "stopped by SIGSTOP" "$trace"
	fill_fifo "$fifo"
	kill -CONT "$pid"
	wait_until is_in_state "$pid" S
	run -0 sed -n '$p' "$trace"
	assert_output --partial 'write(2, '
}

# bats test_tags=fatal
@test "a pipe that another writer fills between poll(2) and write(2): any signal ends it" {
	for signal in TERM INT HUP; do
		start_filled 1
		kill -s "$signal" "$pid"
		assert_exit_status $((128 + $(kill -l "$signal")))
	done
}

# bats test_tags=fatal
@test "the same in the handler: SIGHUP and SIGQUIT end it" {
	# Where pause waits by ppoll(2), that is the second one.
	[ "$(wait_call)" = pause ] && nth=2 || nth=3
	for signal in HUP QUIT; do
		start_filled "$nth"
		kill -s "$signal" "$pid"
		assert_exit_status $((128 + $(kill -l "$signal")))
	done
}

# without_reader: perl code that starts pause with a stderr whose reader is gone.
without_reader='pipe R, W; close R; open STDERR, ">&W"; exec {$ARGV[0]} @ARGV'

@test "it stops with a stderr that lost its reader before the start" {
	assert_robust perl -e "$without_reader"
}

@test "it stops with a stderr that loses its reader before the stop" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	for as in init process; do
		exec 7<>"$BATS_TEST_TMPDIR/fifo"
		start_pause "$as" sh -c 'exec "$0" 2>"$1" 7>&-' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
		exec 7>&-
		assert_stops
	done
}

@test "it stops with a socket that is shut down as stderr, which poll(2) calls writable" {
	assert_robust perl -MSocket -e '$^F = 9; socketpair A, B, AF_UNIX, SOCK_STREAM, 0;
		shutdown B, SHUT_RD; open STDERR, ">&A"; exec {$ARGV[0]} @ARGV'
}

# bats test_tags=fatal
@test "it stops with a file at its size limit as stderr" {
	assert_robust prlimit --fsize=0
}

# run_on_terminal COMMAND: runs COMMAND in bash on a terminal of its own, whose output goes to the
# file terminal. COMMAND writes the PID of pause to the file pid. pause gets ready and stops on
# SIGTERM, and COMMAND ends with status 0.
run_on_terminal() {
	cd "$BATS_TEST_TMPDIR" || return
	script -qec "bash -c '$1'" /dev/null <<<"" >terminal 3>&- &
	job=$!
	wait_until test -s pid
	pid=$(<pid)
	wait_until is_ready "$pid"
	assert_stops
}

@test "it stops with a terminal that Ctrl-S has stopped as stderr" {
	export PAUSE
	# ioctl_tty(2): TCXONC with TCOOFF, 0x540A on all platforms that pause is built for
	run_on_terminal 'perl -e "ioctl STDOUT, 0x540A, 0 or die"; echo $$ >pid; exec "$PAUSE"'
	run -0 cat terminal
	refute_output --partial pause
}

@test "it stops in the background of a terminal set to tostop" {
	export PAUSE
	run_on_terminal 'set -m; stty tostop; "$PAUSE" & echo $! >pid; wait $!'
	assert_file_contains terminal "Warning: pause should be the first process"
	assert_file_contains terminal "Shutting down, got signal: Terminated"
}

# bats test_tags=native,fatal
@test "it stops within tiny resource limits" {
	assert_robust prlimit --nofile=1 --nproc=1 --data=16384 --stack=262144 --core=0 --memlock=0 \
		--sigpending=0 --cpu=1
	assert_robust prlimit --nofile=0
}

# bats test_tags=native,fatal
@test "it stops as any uid, without privileges, in a read-only root with nothing else in it" {
	assert_robust unshare --mount sh -c 'mount -t tmpfs none "$1" && cp "$2" "$1/pause" &&
		mount -o remount,bind,ro "$1" && exec setpriv --no-new-privs \
			unshare --user --map-user=12345 --map-group=12345 --root="$1" /pause' \
		- "$(mktemp -d "$BATS_TEST_TMPDIR/XXX")"
}

# start_without_image AS ARGUMENT...: starts pause, bind-mounted as /sandbox-init into an empty root
# without /proc, with no environment and these arguments, argv[0] first.
start_without_image() {
	start_pause "$1" unshare --mount perl -e 'require "syscall.ph";
		($root, $pause, @argv) = (shift, pop, @ARGV);
		system("mount -t tmpfs none $root && touch $root/sandbox-init &&
			mount --bind $pause $root/sandbox-init") and die;
		chroot $root and chdir "/" or die;
		($path, $none) = ("/sandbox-init", pack "J", 0);
		syscall &SYS_execve, $path, pack("p*", @argv) . $none, $none;
		die "execve: $!"' \
		"$(mktemp -d "$BATS_TEST_TMPDIR/XXX")" "${@:2}"
}

# bats test_tags=native,fatal
@test "without an image, as a sandbox's PID 1, it reaps and stops by any name and argument" {
	for as in init process; do
		for arguments in "" "/sandbox-init" "/catatonit -P" "- --"; do
			read -ra argv <<<"$arguments"
			start_without_image "$as" "${argv[@]}"
			run cat "/proc/$pid/comm" "/proc/$pid/environ"
			assert_output sandbox-init
			[ "$as" = process ] || make_orphans 20
			wait_until has_no_children
			assert_graceful_exit TERM
		done
		start_without_image "$as" ""
		assert_graceful_exit INT
	done
}
