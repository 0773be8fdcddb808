#!/usr/bin/env bats
# The README: its commands run, and its targets and files exist.
# shellcheck disable=SC2016,SC2034 # grep has $; the helper uses job and pid
load helper
README=$TOP/README.md

@test "the quick start holds a sandbox" {
	run -0 grep -m 1 -x "make deps .*" "$README"
	assert_output "make deps run"
	cd "$TOP" || return
	# shellcheck disable=SC2086 # words
	setsid $output >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	job=$!
	wait_until grep -q "^Ctrl-C stops it" "$BATS_TEST_TMPDIR/out"
	pid=$(sed -n 's/^The sandbox is held by PID \(.*\):/\1/p' "$BATS_TEST_TMPDIR/out")
	assert_stops
}

@test "the targets, variables and files that it names exist" {
	rules=$(cat "$TOP"/{Makefile,.make/*.mk,test/*.mk,test/*/*.mk})
	run -0 grep -oE '(^|`)make( [A-Za-z_-]+(=[^ `]*)?)+' "$README"
	for word in ${output//\`/}; do
		case $word in
		make) ;;
		*=*) grep -qE "^${word%%=*} *\?=|\\$\(${word%%=*}\)" <<<"$rules" ;;
		*) grep -qE "^$word:" <<<"$rules" ;;
		esac || fail "make knows no $word"
	done
	run -0 sed -n 's/^| \([A-Z_, ]*\) |.*/\1/p' "$TOP/.github/CONTRIBUTING.md"
	assert_output --partial COSIGN_KEY
	for word in ${output//,/}; do
		grep -qE "^$word *\?=|\\$\($word\)" <<<"$rules" || fail "make knows no $word"
	done
	run -0 grep -oE '\]\([A-Za-z./_-]+\)' "$README"
	for link in "${lines[@]}"; do
		link=${link#*(}
		assert_exists "$TOP/${link%)}"
	done
}
