# What the helpers of all directories share. A suite loads its own directory's helper.
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file
TOP=$(realpath "${BASH_SOURCE[0]%/*}/..")

# print_variable NAME: prints that variable of the Makefile.
print_variable() { make -s -C "$TOP" "print-$1"; }

# requires WHAT COMMAND...: skips the test if COMMAND fails. With STRICT=1 the test fails instead.
requires() {
	"${@:2}" >/dev/null 2>&1 && return
	[ "${STRICT-}" = 1 ] || skip "requires $1"
	fail "requires $1; STRICT=1 makes a skip a failure"
}

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
