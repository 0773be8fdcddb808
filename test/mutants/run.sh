#!/bin/bash
# run.sh [NAME...]: builds each mutant of pause.c in mutants.tsv (a name, and the sed script that
# makes the change), or those named, and runs the program's suites on it until a test fails. Prints
# which test that was. Fails if a mutant survives, or if the unchanged program, "none", does not.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

# The suites that look at what the program does, the quickest first.
suites=(test/{command-line,system-calls,robustness,reaping,step,signals}.bats)
user=()
[ "$(id -u)" = 0 ] || user=(--user --map-root-user)

# test_mutant NAME: builds and tests NAME in $WORK/NAME, and prints the verdict. Fails if it is not
# the right one.
test_mutant() {
	local tree=$WORK/$1 job last host
	host=$(make -s print-HOST)
	mkdir -p "$tree/build/$host"
	ln -s "$PWD/Makefile" "$PWD/.make" "$tree/"
	ln -s "$PWD"/build/musl* "$tree/build/"
	ln -s "$PWD/build/$host"/* "$tree/build/$host/"
	rm -f "$tree/build/$host/program.vars"
	sed "$(sed -n "s/^$1\t//p" test/mutants/mutants.tsv)" pause.c >"$tree/pause.c"
	if [ "$1" != none ] && cmp -s pause.c "$tree/pause.c"; then
		echo "$1: changes nothing"
		return 1
	fi
	make -s -C "$tree" VERSION=mutant >"$tree/log" 2>&1 || {
		echo "$1: does not build"
		cat "$tree/log"
		return 1
	}
	exec 4< <(
		PAUSE=$tree/$(make -s print-PROGRAM) TMPDIR=$tree exec timeout --signal=KILL "$LIMIT" \
			unshare "${user[@]}" --pid --fork --kill-child --mount-proc bats --tap "${suites[@]}" 2>&1
	)
	job=$! # also a process group, as timeout makes one
	last=$(sed '/^not ok/q' <&4 | tail -n 1)
	if [[ $last == "not ok"* ]]; then
		kill -KILL "-$job" 2>/dev/null || :
		echo "$1: killed by ${last#not ok * }"
		[ "$1" != none ]
	elif wait "$job"; then
		echo "$1: survived"
		[ "$1" = none ]
	else
		echo "$1: no verdict after $LIMIT seconds; last: $last"
		return 1
	fi
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export WORK LIMIT=3600
test_mutant none
export LIMIT=$((60 + 8 * SECONDS)) DEADLINE=$SECONDS # a wait of a mutant may never end
export -f test_mutant
if [ $# = 0 ]; then cut -f 1 test/mutants/mutants.tsv; else printf '%s\n' "$@"; fi |
	xargs -P "$(nproc)" -I{} bash -euc "$(declare -p suites user); test_mutant {}" |
	tee "$WORK/verdicts" || failed=1
echo "$(grep -c ': killed' "$WORK/verdicts") of $(wc -l <"$WORK/verdicts") mutants killed"
exit "${failed:-0}"
