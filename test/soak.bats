#!/usr/bin/env bats
# One sandbox for SOAK seconds under all that a pod can do to it. SEED repeats a run.
# shellcheck disable=SC2154 # the helper sets pid
load helper

# footprint: prints what must not grow: memory of its own, mappings, and open file descriptors.
footprint() {
	awk '/^(Anonymous|VmSize|VmData):/ { print $1, $2, $3 }' /proc/"$pid"/{status,smaps_rollup}
	echo "descriptors: $(find "/proc/$pid/fd" -type l | wc -l)"
}

# send_signal: sends, from inside, any signal but the two that end pause and glibc's own two.
send_signal() {
	local signal=$((1 + RANDOM % 64))
	case $signal in 2 | 15 | 32 | 33) return ;; esac
	join kill -s "$signal" 1
}

# stop_and_continue: orphans die while pause is stopped, which only an ancestor can do.
stop_and_continue() {
	kill -STOP "$pid"
	make_orphans 20
	kill -CONT "$pid"
}

# join_and_die: processes join the namespace, leave an orphan and die in several ways.
join_and_die() {
	local status=$((RANDOM % 256))
	run "-$status" join sh -c "sleep .$((RANDOM % 3)) & kill -$((1 + RANDOM % 15)) \$! 2>/dev/null
		exit $status"
}

# bats test_tags=fatal
@test "signals, orphans, stops, and processes that join and die: nothing stays, nothing grows" {
	: "${SOAK:=5}" "${SEED:=$RANDOM}"
	[[ $SOAK =~ ^[0-9]+$ ]] || fail "SOAK=$SOAK is not a number of seconds"
	RANDOM=$SEED
	echo "# $SOAK seconds; repeat with: make soak SOAK=$SOAK SEED=$SEED" >&3
	start_pause init
	make_orphans 50 # from here on the handler's stack frame is counted, too
	wait_until has_no_children
	before=$(footprint)
	declare -A count=()
	# Until each has been at least once: a busy machine does few in that time.
	for ((end = SECONDS + SOAK; SECONDS < end || ${#count[@]} < 4; )); do
		case $((RANDOM % 4)) in
		0) act=send_signal ;;
		1) act="make_orphans $((1 + RANDOM % 300))" ;;
		2) act=stop_and_continue ;;
		3) act=join_and_die ;;
		esac
		$act
		count[${act% *}]=$((${count[${act% *}]-0} + 1))
	done
	wait_until has_no_children
	wait_until is_in_state "$pid" S
	assert_equal "$(footprint)" "$before"
	assert_graceful_exit TERM
	for act in "${!count[@]}"; do echo "# $act ${count[$act]}" >&3; done
}
