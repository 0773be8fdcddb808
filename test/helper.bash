# What the helpers of all directories share. A suite loads its own directory's helper.
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file
TOP=$(realpath "${BASH_SOURCE[0]%/*}/..")

# print_variable NAME: prints that variable of the Makefile.
print_variable() { make -s -C "$TOP" "print-$1"; }

export LC_ALL=C.UTF-8 # messages that the suites know

# assert_refused TEXT COMMAND...: COMMAND fails with TEXT.
assert_refused() {
	run ! "${@:2}"
	assert_output --partial "$1"
}

# skip REASON: with STRICT=1 the test fails.
[ "${STRICT-}" != 1 ] || skip() { fail "STRICT=1 allows no skip: $1"; }

# wait_until COMMAND...: repeats COMMAND, silently, until it succeeds. Fails after DEADLINE seconds.
wait_until() {
	local end=$((SECONDS + ${DEADLINE:-30}))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "not within ${DEADLINE:-30} seconds: $*" || return
		sleep .02
	done
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# assert_stderr [--partial] TEXT: what `run --separate-stderr` left in stderr is, or contains, TEXT.
# bats-assert has this from 2.2 on.
if ! declare -F assert_stderr >/dev/null; then
	# shellcheck disable=SC2154 # run sets stderr
	assert_stderr() { output=$stderr assert_output "$@"; }
fi
