#!/bin/bash
# run.sh [NAME...]: builds each mutant of pause.c in mutants.tsv, or those named, and runs the test
# that has to find it. In mutants.tsv a test's name stands alone on a line, above its mutants: a
# name and the sed script that makes the change. Fails if a test passes on its mutant, or fails on
# the unchanged program.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
user=()
[ "$(id -u)" = 0 ] || user=(--user --map-root-user)

HOST=$(make -s print-HOST)
export HOST

# build NAME SCRIPT: changes pause.c by SCRIPT, and builds it in $WORK/NAME. Sets tree.
build() {
	tree=$WORK/$1
	mkdir -p "$tree/build/$HOST"
	ln -s "$PWD/Makefile" "$PWD/.make" "$tree/"
	ln -s "$PWD"/build/musl* "$tree/build/"
	ln -s "$PWD/build/$HOST"/* "$tree/build/$HOST/"
	rm -f "$tree/build/$HOST/program.vars"
	sed "$2" pause.c >"$tree/pause.c"
	make -s -C "$tree" VERSION=mutant >"$tree/log" 2>&1
}

# run_test TEST: runs the test of that name on the program in $tree, with its TAP in $tree/tap.
# Returns 0 if it passes, 1 if it fails, 3 if it does neither: a hang, a skip, a fault of its setup.
run_test() {
	local suite name=${1//[^A-Za-z0-9 ]/.}
	suite=$(grep -lF "@test \"$1\" {" test/*.bats) || {
		echo "no suite has that test" >"$tree/tap"
		return 3
	}
	PAUSE=$tree/bin/pause-linux-$HOST TMPDIR=$tree timeout --signal=KILL "$LIMIT" \
		unshare "${user[@]}" --pid --fork --kill-child --mount-proc \
		bats --tap --filter "^$name\$" "$suite" >"$tree/tap" 2>&1 </dev/null || :
	if grep -qxF "ok 1 $1" "$tree/tap"; then
		return 0
	elif grep -qxF "not ok 1 $1" "$tree/tap"; then
		return 1
	fi
	return 3
}

# test_mutant LINE: prints the verdict on a mutant, whose NAME, SCRIPT and TEST are in LINE, between
# tabs, and on stderr what it is made of.
# shellcheck disable=SC2317 # xargs calls it
test_mutant() {
	local name script test status=0
	IFS=$'\t' read -r name script test <<<"$1"
	if ! build "$name" "$script"; then
		echo "$name: does not build"
		cat "$tree/log" >&2
	elif cmp -s pause.c "$tree/pause.c"; then
		echo "$name: changes nothing"
	else
		run_test "$test" || status=$?
		case $status in
		0) echo "$name: survives $test" ;;
		1) echo "$name: killed by $test" && return ;;
		*) echo "$name: no verdict of $test" && cat "$tree/tap" >&2 ;;
		esac
	fi
	return 1
}

for name; do
	grep -qP "^$name\t" test/mutants/mutants.tsv || {
		echo "mutants.tsv has no $name" >&2
		exit 1
	}
done
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export WORK LIMIT=3600
build none ""
grep -v $'\t' test/mutants/mutants.tsv | while read -r test; do
	run_test "$test" || {
		echo "none: it fails $test"
		cat "$tree/tap" >&2
		exit 1
	}
done
# A wait of a mutant may never end, nor may the mutant. SECONDS are those of more than 20 tests.
export DEADLINE=$((10 + SECONDS / 20)) LIMIT=$((60 + 8 * SECONDS))
export -f build run_test test_mutant
for name in "${@:-.*}"; do
	awk -F '\t' -v OFS='\t' -v name="^$name\$" 'NF == 1 { test = $0 }
		NF == 2 && $1 ~ name { print $0, test }' test/mutants/mutants.tsv
done | tr '\n' '\0' |
	xargs -0 -P "$(nproc)" -I{} bash -euc "$(declare -p user); test_mutant \"\$1\"" - {} |
	tee "$WORK/verdicts" || failed=1
[ -s "$WORK/verdicts" ] || failed=1
echo "$(grep -c ': killed' "$WORK/verdicts") of $(wc -l <"$WORK/verdicts") mutants killed"
exit "${failed:-0}"
