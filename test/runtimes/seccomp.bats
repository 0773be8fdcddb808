#!/usr/bin/env bats
# test/seccomp.json is enough for pause and for what runs until then in its container: runc and
# crun, without no-new-privileges, load it before they give up their capabilities. strace sees
# each call.
load helper
PROFILE=$TOP/test/seccomp.json
export TRACES=/run/strace

setup_file() {
	mkdir -p "$TRACES"
	for runtime in runc crun; do
		cat >"/run/strace-$runtime" <<-T
			#!/bin/sh
			case " \$* " in *" create "*) ;; *) exec $runtime "\$@" ;; esac
			exec strace --daemonize --follow-forks --decode-pids=comm \\
				--output="$TRACES/$runtime.\$\$" $runtime "\$@"
		T
		chmod +x "/run/strace-$runtime"
	done
	[ ! -e /run/dockerd.pid ] || stop_daemon dockerd
	start_docker --add-runtime strace-runc=/run/strace-runc --add-runtime strace-crun=/run/strace-crun
	start_podman
}
teardown_file() { stop_daemon dockerd; }

teardown() { for ENGINE in docker podman; do remove_pod; done; }

# assert_enough ENGINE NONEWPRIVS [OPTION...]: under the profile pause starts, reaps and stops.
assert_enough() {
	export ENGINE=$1
	start_sandbox --network none --security-opt "seccomp=$PROFILE" "${@:3}"
	assert_sandbox Seccomp=2 NoNewPrivs="$2"
	# bash's child is an orphan as soon as bash ends.
	pid=$(pid_of pod)
	nsenter --target "$pid" --pid bash -c 'sleep 0 &'
	wait_until has_no_children
	assert_stops_gracefully
	remove_pod
}

@test "docker with runc and crun, with and without no-new-privileges" {
	for runtime in runc crun; do
		assert_enough docker 0 --runtime "strace-$runtime"
		assert_enough docker 1 --runtime "strace-$runtime" --security-opt no-new-privileges
	done
}

@test "podman with runc and crun, with and without no-new-privileges" {
	for runtime in runc crun; do
		configure_podman <<-T
			engine.runtime = "strace-$runtime"
			engine.runtimes.strace-$runtime = ["/run/strace-$runtime"]
		T
		assert_enough podman 0
		assert_enough podman 1 --security-opt no-new-privileges
	done
}

# seen: prints the calls of the threads that loaded the profile, with seccomp(2) or prctl(2).
seen() {
	awk 'FNR == 1 { delete loaded }
		{ pid = $1; sub(/<.*/, "", pid) }
		pid in loaded && match($2, /^[a-z0-9_]+\(/) { print substr($2, 1, RLENGTH - 1) }
		/ (seccomp\(SECCOMP_SET|prctl\(PR_SET_SECCOMP, SECCOMP)_MODE_FILTER, .*[{]len=/ {
			loaded[pid]
		}' "$TRACES"/* | sort -u
}

@test "strace saw each of its calls, or its reason says why not; and saw no other call" {
	seen >/run/seen
	jq -r '.syscalls[].names[]' "$PROFILE" | sort >/run/allowed
	run -0 comm -23 /run/seen /run/allowed
	assert_output "" # seen, and not allowed
	jq -r '.syscalls[] | select(.comment | startswith("not seen") | not).names[]' "$PROFILE" |
		sort >/run/expected
	run -0 comm -13 /run/seen /run/expected
	assert_output "" # allowed, and never seen
}
