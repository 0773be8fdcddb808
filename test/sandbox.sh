#!/bin/bash
# sandbox.sh PAUSE: holds a sandbox open with the program PAUSE, in the foreground, and exits with its status.
# The sandbox is new network, IPC, UTS and PID namespaces with pause as PID 1; an ordinary user gets a user namespace too.
set -eu

new=(--net --ipc --uts --pid --fork) join=(--net --ipc --uts --pid)
if [ "$(id -u)" != 0 ]; then
	new+=(--user --map-root-user) join+=(--user --preserve-credentials)
	unshare "${new[@]}" true 2>/dev/null || {
		echo "this kernel lets no ordinary user make namespaces (see user.max_user_namespaces): run it as root" >&2
		exit 1
	}
fi

# Job control gives pause a process group in the terminal's foreground: Ctrl-C reaches it, and not make.
bash -c 'trap "" TERM; set -m; "$@"; exit' bash unshare "${new[@]}" "$1" &
job=$! pid=
trap 'stopped=yes' TERM HUP # a PID 1 without handlers would not hear it
until pid=$(pgrep -P "$(pgrep -P "$job")" 2>/dev/null) && grep -qs 'SigCgt:.*14002$' "/proc/$pid/status"; do
	kill -0 "$job" 2>/dev/null || { wait "$job"; exit; }
done
nsenter --target "$pid" "${join[@]}" ip link set lo up

echo "The sandbox is held by PID $pid:"
until lsns -p "$pid" || ! kill -0 "$pid"; do :; done # it fails when any process ends under its eyes
echo "Join it from a second terminal, as the same user:"
echo "  nsenter --target $pid ${join[*]}"
echo "Ctrl-C stops it."
trap 'kill -TERM "$pid" || :' TERM HUP
[ -z "${stopped-}" ] || kill -TERM "$pid"
while kill -0 "$job" 2>/dev/null; do wait "$job" || :; done # a signal to us ends a wait, too
wait "$job" && status=0 || status=$?
echo "pause exited with status $status"
exit "$status"
