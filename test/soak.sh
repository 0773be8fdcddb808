#!/bin/bash
# soak.sh PAUSE: holds one sandbox for SOAK (60) seconds under what a pod can do to it: random signals, orphan bursts,
# stop and continue, processes that join and die. Then it has no zombie and no child, no more memory or file descriptors
# than before, and SIGTERM ends it with status 0. SEED repeats a run; a failure prints it. Wants root.
set -eu
: "${SOAK:=60}" "${SEED:=$RANDOM}"
RANDOM=$SEED
echo "soak: SEED=$SEED, $SOAK seconds"
deaths=0 signals=0 stops=0 joins=0

# fail WHAT: the one way to fail.
fail() { echo "soak: with SEED=$SEED after $SECONDS s: $1" >&2; exit 1; }

# holds WHAT COMMAND...: COMMAND has to succeed within 30 seconds.
holds() {
	local end=$((SECONDS + 30))
	until "${@:2}"; do [ "$SECONDS" -lt "$end" ] || fail "$1"; sleep .05; done
}
child() { pid=$(cat "/proc/$job/task/$job/children") && pid=${pid% } && [ -n "$pid" ]; }
ready() { grep -qs '^SigCgt:.*14002$' "/proc/$pid/status"; }
childless() { [ -z "$(cat "/proc/$pid/task/$pid/children")" ]; }
asleep() { grep -q '^State:.*S (sleeping)' "/proc/$pid/status"; }
# What must not grow: private memory and mappings in KiB, and open file descriptors.
footprint() { awk '/^(Anonymous|VmSize|VmData):/ { printf "%s %s kB, ", $1, $2 }' /proc/"$pid"/{status,smaps_rollup}; find "/proc/$pid/fd" -type l | wc -l; }
# join COMMAND...: in the PID namespace.
join() { nsenter --target "$pid" --pid "$@"; }
# orphans N: N processes, orphans all, that die at random moments.
orphans() { join perl -e 'srand shift; for (1 .. shift) { fork // die "fork: $!" or do { select undef, undef, undef, rand .2; exit } }' "$@"; }

unshare --pid --fork --kill-child "$1" &
job=$!
trap 'kill -KILL $job 2>/dev/null || :' EXIT
holds "it does not start" child
holds "no handlers" ready
orphans "$RANDOM" 50 && holds "the first orphans stay" childless # a handler's stack frame is its last page
before=$(footprint)

SECONDS=0
while [ "$SECONDS" -lt "$SOAK" ]; do
	case $((RANDOM % 4)) in
	0) # every signal but the two that end it, from inside, SIGKILL and SIGSTOP too, and real-time ones
		signal=$((1 + RANDOM % 64))
		case $signal in 2 | 15 | 32 | 33) continue ;; esac
		join kill -s "$signal" 1 && signals=$((signals + 1))
		;;
	1)
		n=$((1 + RANDOM % 300))
		orphans "$RANDOM" "$n" && deaths=$((deaths + n))
		;;
	2) # only from outside can it be stopped; what dies meanwhile waits
		kill -STOP "$pid"
		orphans "$RANDOM" 20
		kill -CONT "$pid" && stops=$((stops + 1)) deaths=$((deaths + 20))
		;;
	3)
		join sh -c "sleep .$((RANDOM % 3)) & kill -$((1 + RANDOM % 15)) \$! 2>/dev/null; exit $((RANDOM % 256))" || :
		joins=$((joins + 1))
		;;
	esac
	kill -0 "$pid" 2>/dev/null || fail "it ended by itself"
done

holds "children stay: $(cat "/proc/$pid/task/$pid/children")" childless
holds "it does not sleep: $(grep State "/proc/$pid/status")" asleep
[ "$(footprint)" = "$before" ] || fail "it grew: $before, now $(footprint)"
kill -TERM "$pid"
wait "$job" || fail "status $? at SIGTERM"
echo "soak: $signals signals, $deaths orphans, $stops stops, $joins joined: no child left, nothing grew ($before descriptors), status 0"
