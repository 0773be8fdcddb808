#!/usr/bin/env bats
# The command line: -v, and nothing else.

load helper

# version ARGUMENT...: with these, pause prints its version, nothing else, and exits with 0.
version() {
	run -0 --separate-stderr --keep-empty-lines timeout 10 "$PAUSE" "$@"
	[[ $output =~ ^pause\.c\ [A-Za-z0-9_][A-Za-z0-9_.-]*$'\n'$ ]]
	[ -z "$stderr" ]
	[ "$(timeout 10 "$PAUSE" "$@" | wc -c)" = ${#output} ] # no NUL, which bash drops
}

@test "-v prints the version, in either case and wherever it stands" {
	version -v
	version -V
	version run -v
	version -v run
	version "" -- --version -V x
}

@test "-v as PID 1 prints the version and ends" {
	run -0 timeout 10 unshare --pid --fork --kill-child "$PAUSE" -v
	[[ $output == "pause.c "* ]]
}

@test "-v exits with 0 even where stdout takes nothing" {
	"$PAUSE" -v >/dev/full
	"$PAUSE" -v >&-
}

@test "any other argument is ignored" {
	for argument in "" v -vv -v= --v --version -h -; do
		start process sh -c 'exec "$0" "$1"' "$PAUSE" "$argument"
		leaves TERM
	done
}
