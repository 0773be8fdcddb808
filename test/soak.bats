#!/usr/bin/env bats
# One sandbox for SOAK seconds (5; with `make soak` 60) under what a pod can do to it. SEED repeats a run.

load helper

# footprint: what must not grow: private memory and mappings in KiB, and open file descriptors.
footprint() {
	awk '/^(Anonymous|VmSize|VmData):/ { printf "%s %s KiB, ", $1, $2 }' /proc/"$pid"/{status,smaps_rollup}
	find "/proc/$pid/fd" -type l | wc -l
}

joined() { nsenter --target "$pid" --pid "$@"; }

# bats test_tags=deadly
@test "signals, bursts of orphans, stops, processes that join and die: nothing stays, nothing grows" {
	: "${SOAK:=5}" "${SEED:=$RANDOM}"
	[[ $SOAK =~ ^[0-9]+$ ]] || { echo "SOAK=$SOAK is no number of seconds" >&2; return 1; }
	RANDOM=$SEED
	echo "# SEED=$SEED, $SOAK seconds" | tee /dev/fd/3
	start init
	orphans 50 # a handler's stack frame is its last page
	eventually no_children
	before=$(footprint)
	declare -A did=()
	for ((end = SECONDS + SOAK; SECONDS < end; )); do
		case $((RANDOM % 4)) in
		0) # from inside, SIGKILL, SIGSTOP and real-time ones too, but not those that end it, nor glibc's own two
			signal=$((1 + RANDOM % 64))
			case $signal in 2 | 15 | 32 | 33) continue ;; esac
			joined kill -s "$signal" 1
			((++did[signals]))
			;;
		1)
			n=$((1 + RANDOM % 300))
			orphans "$n"
			((did[orphans] += n))
			;;
		2) # only from outside can it be stopped; what dies meanwhile waits
			kill -STOP "$pid"
			orphans 20
			kill -CONT "$pid"
			((++did[stops]))
			;;
		3)
			joined sh -c "sleep .$((RANDOM % 3)) & kill -$((1 + RANDOM % 15)) \$! 2>/dev/null; exit $((RANDOM % 256))" || :
			((++did[joined]))
			;;
		esac
	done
	eventually no_children
	eventually in_state "$pid" S
	diff <(echo "$before") <(footprint)
	leaves TERM
	echo "# $(declare -p did); still $before descriptors" >&3
}
