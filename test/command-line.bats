#!/usr/bin/env bats
# The command line: -v, and nothing else.
# shellcheck disable=SC2016,SC2154 # sh has variables of its own; the helper sets as_root
load helper

# assert_version ARGUMENT...: with these, pause prints its version and nothing else; status 0.
assert_version() {
	run -0 --separate-stderr --keep-empty-lines timeout "$DEADLINE" "$PAUSE" "$@"
	assert_output --regexp $'^pause\\.c [[:graph:]]+\n$'
	assert_stderr ""
}

# bats test_tags=process
@test "-v and -V print the version" {
	assert_version -v
	assert_version -V
}

# bats test_tags=process
@test "-v is found wherever it stands" {
	assert_version run -v
	assert_version -v run
	assert_version "" -- --version -V x
}

# bats test_tags=native
@test "a VERSION prints as it stands, even if a word of it is a macro of the headers" {
	for version in v1.0-SIGTERM errno NULL EINTR-1.SIG_BLOCK __WALL; do
		gcc -std=c11 -DVERSION="$version" -o "$BATS_TEST_TMPDIR/pause" "${PAUSE%/*}/../pause.c"
		run -0 "$BATS_TEST_TMPDIR/pause" -v
		assert_output "pause.c $version"
	done
}

# bats test_tags=process
@test "-v prints no NUL" {
	# bash drops one from what it reads.
	run -0 bash -o pipefail -c '"$1" -v | tr -cd "\0" | wc -c' - "$PAUSE"
	assert_output 0
}

@test "-v as PID 1 prints the version and ends" {
	run -0 timeout "$DEADLINE" "${as_root[@]}" unshare --pid --fork --kill-child "$PAUSE" -v
	assert_output --partial "pause.c "
}

# bats test_tags=process
@test "-v ends with status 0 even if stdout is full or closed" {
	run -0 sh -c '"$1" -v >/dev/full' - "$PAUSE"
	run -0 sh -c '"$1" -v >&-' - "$PAUSE"
}

# bats test_tags=process
@test "any other argument is ignored" {
	for argument in "" v -vv -v= --v --version -h -; do
		start_pause process sh -c 'exec "$0" "$1"' "$PAUSE" "$argument"
		assert_graceful_exit TERM
	done
}
