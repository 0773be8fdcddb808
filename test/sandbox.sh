#!/bin/bash
# sandbox.sh PAUSE: holds a sandbox open with the program PAUSE, in the foreground, and exits with
# its status. The sandbox has its own network, IPC, UTS and PID namespaces, with pause as PID 1. For
# an ordinary user it has a user namespace, too.
set -eu

unshare=(unshare --net --ipc --uts --pid --fork)
nsenter=(nsenter --net --ipc --uts --pid)
if [ "$(id -u)" != 0 ]; then
	unshare+=(--user --map-root-user) nsenter+=(--user --preserve-credentials)
	"${unshare[@]}" true 2>/dev/null || {
		echo "this kernel lets no ordinary user make namespaces: run it as root" >&2
		exit 1
	}
fi

trap 'stop=yes' TERM HUP INT # a PID 1 gets no SIGTERM before it has a handler
# Job control gives pause the terminal's foreground, so that Ctrl-C reaches pause but not make.
bash -c 'trap "" TERM; set -m; "$@"; exit' bash "${unshare[@]}" "$1" &
job=$! pid=
until pid=$(pgrep --parent "$(pgrep --parent "$job")" 2>/dev/null) &&
	grep -qs '^SigCgt:.*14002$' "/proc/$pid/status"; do
	kill -0 "$job" 2>/dev/null || {
		wait "$job"
		exit
	}
done
"${nsenter[@]}" --target "$pid" ip link set lo up

echo "The sandbox is held by PID $pid:"
until lsns --task "$pid" || ! kill -0 "$pid"; do :; done # lsns fails if any process ends meanwhile
echo "Join it from a second terminal, as the same user:"
echo "  ${nsenter[*]} --target $pid"
echo "Ctrl-C stops it."
trap 'kill -TERM "$pid" || :' TERM HUP INT
[ -z "${stop-}" ] || kill -TERM "$pid"
if [ -t 0 ]; then
	# make hands no SIGHUP on when its terminal is closed: it waits. poll(2) tells of it.
	perl -MIO::Poll=POLLHUP -e '($p = IO::Poll->new)->mask(*STDIN => POLLHUP);
		$p->poll and kill TERM => @ARGV' "$pid" <&0 &
	trap 'kill $! 2>/dev/null || :' EXIT
fi
while kill -0 "$job" 2>/dev/null; do wait "$job" || :; done # a signal ends wait, too
wait "$job" && status=0 || status=$?
echo "pause exited with status $status"
exit "$status"
