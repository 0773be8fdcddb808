#!/usr/bin/env bats
# Starts and stops in bad surroundings: pause stops on SIGTERM with status 0 all the same.

load helper

# survives COMMAND...: started by way of COMMAND, as PID 1 and elsewhere, pause stops on SIGTERM with status 0.
survives() {
	for as in init process; do
		start "$as" "$@"
		stop TERM
	done
}

@test "signals blocked through the exec: both signals stop it, and orphans are reaped" {
	survives env --block-signal
	said "Shutting down, got signal: Terminated"
	start init env --block-signal
	orphans 1
	eventually no_children
	leaves INT
}

@test "signals ignored at the start" {
	survives env --ignore-signal
	said "Shutting down, got signal: Terminated"
}

@test "stdin, stdout and stderr closed; stderr a full device, a directory, read-only" {
	survives sh -c 'exec "$0" <&- >&- 2>&-'
	survives sh -c 'exec "$0" 2>/dev/full'
	survives sh -c 'exec "$0" 2</'
	survives sh -c 'exec "$0" 2</dev/null'
}

# full FIFO: makes a FIFO that holds all it can, with a reader that never reads: this shell, by file descriptor 7.
full() {
	mkfifo "$1"
	exec 7<>"$1"
	dd if=/dev/zero of="$1" bs=4096 oflag=nonblock 2>/dev/null || [ $? = 1 ]
}

@test "stderr a full pipe that nobody reads, at the start and at the stop" {
	full "$BATS_TEST_TMPDIR/fifo"
	survives sh -c 'exec "$0" 2>"$1" "$1"' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
}

@test "a message is whole or not there: stderr a pipe with room for one" {
	full "$BATS_TEST_TMPDIR/fifo"
	dd bs=4096 count=1 <&7 >/dev/null 2>&1
	survives sh -c 'exec "$0" 2>"$1"' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
	[ "$(dd iflag=nonblock bs=1M <&7 2>/dev/null | tr -d '\0')" = "Shutting down, got signal: Terminated" ]
}

@test "stderr's reader is gone, at the start and at the stop" {
	survives perl -e 'pipe R, W; close R; open STDERR, ">&W"; exec {$ARGV[0]} @ARGV'
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	for as in init process; do
		exec 7<>"$BATS_TEST_TMPDIR/fifo"
		start "$as" sh -c 'exec "$0" 2>"$1" 7>&-' "$PAUSE" "$BATS_TEST_TMPDIR/fifo"
		exec 7>&-
		stop TERM
	done
}

# on_terminal COMMAND: runs COMMAND in bash on a terminal of its own. It puts the PID of pause into the file pid; that
# pause has to get ready, stop on SIGTERM, and COMMAND then to exit with 0, that is pause's status.
on_terminal() {
	cd "$BATS_TEST_TMPDIR" || return
	script -qec "bash -c '$1'" /dev/null <<<"" >terminal 3>&- &
	job=$!
	eventually test -s pid
	pid=$(<pid)
	eventually ready "$pid"
	stop TERM
}

@test "stderr a socket that nobody can read any more, though poll(2) takes it for writable" {
	survives perl -MSocket -e '$^F = 9; socketpair A, B, AF_UNIX, SOCK_STREAM, 0; shutdown B, SHUT_RD; open STDERR, ">&A"; exec {$ARGV[0]} @ARGV'
}

# bats test_tags=deadly
@test "stderr a file that may not grow" {
	survives prlimit --fsize=0
}

@test "stderr a stopped terminal" {
	# TCXONC with TCOOFF, the value on all but mips, ppc and sparc (ioctl_tty(2)): what Ctrl-S does
	on_terminal 'perl -e "ioctl STDOUT, 0x540A, 0 or die"; echo $$ >pid; exec "$PAUSE"'
	run ! grep -q pause terminal
}

@test "stderr a terminal set to tostop, from the background" {
	on_terminal 'set -m; stty tostop; "$PAUSE" & echo $! >pid; wait $!'
	grep -q "Warning: pause should be the first process" terminal
	grep -q "Shutting down, got signal: Terminated" terminal
}

# bats test_tags=native,deadly
@test "tiny resource limits" {
	survives prlimit --nofile=1 --nproc=1 --data=16384 --stack=262144 --core=0 --memlock=0 --sigpending=0 --cpu=1
	survives prlimit --nofile=0
}

# bats test_tags=native,deadly
@test "no privileges, an arbitrary uid, an empty read-only root" {
	root=$BATS_TEST_TMPDIR/root
	install -D "$PAUSE" "$root/pause"
	survives unshare --mount sh -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
		exec setpriv --no-new-privs chroot --userspec=12345:12345 "$1" /pause' - "$root"
	[ "$(ls "$root")" = pause ]
}

@test "pause(2) refused: 42 whatever stderr is, a pipe without a reader, a file that may not grow, a terminal with tostop" {
	refused=(strace -qq -o /dev/null -e inject="?pause,ppoll:error=EPERM")
	ends_with_42() { run -42 timeout 10 "${refused[@]}" "$@"; }
	ends_with_42 perl -e 'pipe R, W; close R; open STDERR, ">&W"; exec {$ARGV[0]} @ARGV' "$PAUSE"
	ends_with_42 prlimit --fsize=0 sh -c 'exec "$0" 2>"$1"' "$PAUSE" "$BATS_TEST_TMPDIR/file"
	export PAUSE
	cd "$BATS_TEST_TMPDIR"
	cat >job <<-'T'
		set -m
		stty tostop
		strace -qq -o /dev/null -e inject="?pause,ppoll:error=EPERM" "$PAUSE" &
		wait $!
	T
	run -42 timeout 10 script -qec "bash job" /dev/null
	[[ $output == *"Error: infinite loop terminated"* ]]
}
