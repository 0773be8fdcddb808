#!/usr/bin/env bats
# What a copy and a sandbox are charged, on cgroup v2. `make bench` runs this in the node, as root.
# The comments of the TAP are figures: a subject, a column's number and heading, a value.
load ../helper
set -o pipefail
PATH=$(echo /payload/bench-*):$PATH

# each FILE: prints the file in /proc/PID of each copy.
each() { cat "${groups[@]/%//cgroup.procs}" | sed "s,.*,/proc/&/$1," | xargs cat; }
is_idle() {
	each stat | awk '/\((bash|runc)/ || !/\) S / { busy = 1 } END { exit busy || NR < 100 }'
}

# measure SUBJECT GROUP...: once the 100 copies in these cgroups are idle, prints KiB of one.
# memory.current would have also what each CPU keeps in stock.
measure() {
	groups=("${@:2}")
	wait_until is_idle
	cat "${groups[@]/%//memory.stat}" <(each status) |
		awk -v subject="# $1" -v OFS='\t' '
			{ kib[$1] += $2 / 100 / ($3 == "kB" ? 1 : 1024) }
			END {
				print subject, "11 charged", kib["kernel"] + kib["anon"] + kib["file"]
				print subject, "12 stack", kib["kernel_stack"]
				print subject, "13 VmPTE", kib["VmPTE:"]
				print subject, "14 other", kib["kernel"] - kib["kernel_stack"] - kib["pagetables"]
				print subject, "15 own", kib["anon"] + kib["file"]
			}'
	tee "${groups[@]/%//cgroup.kill}" <<<1 >/dev/null
}

@test "a copy is charged at most 1.10 of the low baseline and 1.20 of the high one" {
	while read -ra command; do
		group=$(mktemp -d -p /sys/fs/cgroup)
		cat "$(type -P "${command[0]}")" >/dev/null # no copy is charged for the page cache
		(
			echo "$BASHPID" >"$group/cgroup.procs"
			for _ in {1..100}; do
				exec -c "${command[@]}" >/dev/null 2>&1 </dev/null 3>&- &
			done
		)
		measure "${command[0]}" "$group"
	done < <(cat /payload/bench-*/commands) | tee figures >&3
	awk '$3 == 11 { kib[$2] = $5 } END { pause = kib["pause"]
		exit !(pause && pause <= 1.1 * kib["baseline-low"] && pause <= 1.2 * kib["baseline-high"])
	}' figures
}

@test "a sandbox of runc is charged less with pause than with pause-glibc" {
	cd "$BATS_TEST_TMPDIR" && runc spec
	mkdir -p rootfs/{proc,dev,sys} # two runcs would make them at once
	sed -i 's,"sh","/pause",; s,"terminal": true,"terminal": false,' config.json
	cat "$(type -P runc)" >/dev/null
	for name in pause pause-glibc; do
		cp "$(type -P "$name")" rootfs/pause
		seq 100 | xargs -P 2 -I '{}' runc run --detach "$name.{}" >/dev/null 2>errors 3>&- ||
			fail "$(cat errors)"
		measure "runc-$name" /sys/fs/cgroup/"$name".*
	done | tee figures >&3
	awk '$3 == 11 { kib[++n] = $5 } END { exit !(n == 2 && kib[1] < kib[2]) }' figures
}
