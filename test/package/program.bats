#!/usr/bin/env bats
# What a package build tests beside the tests with the tag "process": the program, here, without
# namespaces.
# shellcheck disable=SC2016,SC2154 # sh has variables of its own; the helper sets pid
load ../helper

# bats file_tags=process

@test "the program is static, and no segment is writable and executable" {
	run -0 readelf --wide --program-headers "$PAUSE"
	assert_output --regexp 'LOAD .* R E '
	assert_output --regexp 'GNU_STACK .* RW '
	refute_output --regexp 'INTERP|RWE| WE '
	run -0 readelf --dynamic "$PAUSE"
	refute_output --partial NEEDED
}

@test "children are reaped, whether they die before or after the execve" {
	start_pause process sh -c 'true & sleep infinity & exec "$0"'
	pkill -KILL --parent "$pid"
	wait_until has_no_children
	assert_graceful_exit TERM
}

@test "SIGTERM stops it if all signals are blocked or ignored at the start" {
	start_pause process env --block-signal
	assert_graceful_exit TERM
	start_pause process env --ignore-signal
	assert_graceful_exit TERM
}

@test "SIGTERM stops it if stderr is closed, full, or a pipe that nobody reads" {
	for stderr in '>&-' '>/dev/full' '> >(exit)'; do
		start_pause process bash -c "exec \"\$0\" 2$stderr"
		assert_stops
	done
}
