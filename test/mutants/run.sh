#!/bin/bash
# run.sh [NAME...]: builds each mutant of pause.c in mutants.tsv, or those named, and runs the test
# that has to find it. A line of mutants.tsv is a name, the sed script that makes the change, and
# the name of the test. Fails if a test passes on its mutant, or fails on the unchanged program.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
user=()
[ "$(id -u)" = 0 ] || user=(--user --map-root-user)

# build NAME SCRIPT: changes pause.c by SCRIPT, and builds it in $WORK/NAME. Sets tree.
build() {
	local host
	host=$(make -s print-HOST)
	tree=$WORK/$1
	mkdir -p "$tree/build/$host"
	ln -s "$PWD/Makefile" "$PWD/.make" "$tree/"
	ln -s "$PWD"/build/musl* "$tree/build/"
	ln -s "$PWD/build/$host"/* "$tree/build/$host/"
	rm -f "$tree/build/$host/program.vars"
	sed "$2" pause.c >"$tree/pause.c"
	make -s -C "$tree" VERSION=mutant >"$tree/log" 2>&1
}

# run_test TEST: runs the test of that name on the program in $tree. Its status is that of bats, or
# 3 if it did not come to an end, or if there is no such test.
run_test() {
	local suite status=0
	suite=$(grep -lF "@test \"$1\" {" test/*.bats) || return 3
	PAUSE=$tree/$(make -s print-PROGRAM) TMPDIR=$tree timeout --signal=KILL "$LIMIT" \
		unshare "${user[@]}" --pid --fork --kill-child --mount-proc \
		bats --tap --filter "^${1//[^A-Za-z0-9 ]/.}\$" "$suite" >"$tree/tap" 2>&1 || status=$?
	case $(grep -cE '^(not )?ok 1 ' "$tree/tap"):$status in
	1:[01]) return "$status" ;;
	*) return 3 ;;
	esac
}

# test_mutant LINE: prints the verdict on a line of mutants.tsv.
# shellcheck disable=SC2317 # xargs calls it
test_mutant() {
	local name script test status=0
	IFS=$'\t' read -r name script test <<<"$1"
	if ! build "$name" "$script"; then
		echo "$name: does not build"
		cat "$tree/log"
	elif cmp -s pause.c "$tree/pause.c"; then
		echo "$name: changes nothing"
	else
		run_test "$test" || status=$?
		case $status in
		0) echo "$name: survives $test" ;;
		1) echo "$name: killed by $test" && return ;;
		*) echo "$name: no verdict of $test" && cat "$tree/tap" ;;
		esac
	fi
	return 1
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export WORK LIMIT=3600
build none ""
cut -f 3 test/mutants/mutants.tsv | sort -u | while read -r test; do
	run_test "$test" || {
		echo "none: it fails $test"
		cat "$tree/tap"
		exit 1
	}
done
export DEADLINE=$((10 + SECONDS / 4)) # a wait of a mutant may never end
export -f build run_test test_mutant
for name in "${@:-.*}"; do grep -P "^$name\t" test/mutants/mutants.tsv; done |
	tr '\n' '\0' |
	xargs -0 -P "$(nproc)" -I{} bash -euc "$(declare -p user); test_mutant \"\$1\"" - {} |
	tee "$WORK/verdicts" || failed=1
echo "$(grep -c ': killed' "$WORK/verdicts") of $(wc -l <"$WORK/verdicts") mutants killed"
exit "${failed:-0}"
