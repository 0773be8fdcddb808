#!/bin/bash
# run.sh [NAME...]: builds each mutant of pause.c in the file list (its name, and what sed makes the change), or only
# those named, as the program is built, and runs the suites on it until a test fails. Prints which; fails if a mutant
# survives, or if the program itself, named none, does not. Wants root: its own PID namespace ends with a suite that
# is cut short.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

# mutant NAME: prints the verdict; fails if it is not the right one.
mutant() {
	local tree=$WORK/$1 job last suites=(test/{cli,refused,hostile,reap,signals}.bats) # the cheapest first
	mkdir -p "$tree/build" && ln -s "$PWD/Makefile" "$tree/" && ln -s "$PWD"/build/*/ "$tree/build/"
	sed "$(sed -n "s/^$1\t//p" test/mutants/list)" pause.c >"$tree/pause.c"
	[ "$1" = none ] || ! cmp -s pause.c "$tree/pause.c" || { echo "$1: changes nothing" && return 1; }
	make -s -C "$tree" VERSION=mutant >"$tree/log" 2>&1 || { echo "$1: does not build" && cat "$tree/log" && return 1; }

	exec 4< <(PAUSE=$(make -s -C "$tree" VERSION=mutant path) TMPDIR=$tree STRICT=1 DEADLINE=10 exec timeout --signal=KILL 200 \
		unshare --pid --fork --kill-child --mount-proc bats --tap "${suites[@]}" 2>&1)
	job=$! # and a process group: timeout makes one
	last=$(sed '/^not ok/q' <&4 | tail -n 1)
	if [[ $last == "not ok"* ]]; then
		kill -KILL "-$job" 2>/dev/null || : # unless it just ended
		echo "$1: killed by ${last#not ok * }" && [ "$1" != none ]
	elif wait "$job"; then
		echo "$1: survived" && [ "$1" = none ]
	else
		echo "$1: no verdict after 200 s; last: $last" && return 1
	fi
}
export -f mutant

WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
if [ $# = 0 ]; then cut -f 1 test/mutants/list; else printf '%s\n' "$@"; fi |
	xargs -P "$(nproc)" -I{} bash -euc 'mutant {}' | tee "$WORK/verdicts" || failed=1
awk '!/^none:/ { all++ } /: killed/ { n++ } END { print n + 0, "mutants of", all + 0, "killed" }' "$WORK/verdicts"
exit "${failed:-0}"
