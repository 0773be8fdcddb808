#!/usr/bin/env bats
# The programs of all platforms: what is in the file, and the contract's core under qemu-user.
# shellcheck disable=SC2016,SC2030,SC2031,SC2317 # a test is a subshell, and calls what it is given
load helper

setup_file() { make -s -C "$TOP" all; }

# for_each_platform COMMAND...: runs COMMAND for every platform, with PAUSE set, and with runner set
# to what runs it: qemu-user with the oldest processor that PAUSE is for, or nothing if this
# machine runs it by itself.
for_each_platform() {
	local platform
	for platform in $(print_variable ARCHS); do
		echo "platform $platform" # for the report of a failure
		PAUSE=$TOP/bin/pause-linux-$platform
		case $platform in
		amd64) runner=(qemu-x86_64) ;;
		386) runner=(qemu-i386 -cpu 486) ;;
		arm64) runner=(qemu-aarch64 -cpu cortex-a53) ;;
		armv7) runner=(qemu-arm -cpu cortex-a7) ;;
		armv5) runner=(qemu-arm -cpu arm926) ;;
		loong64) runner=(qemu-loongarch64) ;;
		*) runner=("qemu-$platform") ;;
		esac
		! "$PAUSE" -v >/dev/null 2>&1 || runner=()
		"$@"
	done
}

# assert_static FILE: nothing is left to a loader (no interpreter, dynamic section or relocation),
# the stack is not executable, and no segment is both writable and executable.
assert_static() {
	run -0 readelf --wide --program-headers --relocs "$1"
	assert_output --partial "There are no relocations in this file." &&
		assert_output --regexp 'GNU_STACK.* RW ' &&
		refute_output --regexp 'INTERP|DYNAMIC|RWE'
}

@test "every program is static" {
	for_each_platform eval 'assert_static "$PAUSE"'
	run ! assert_static "$(type -P true)" # negative control
}

@test "every program but those for 32 bits is a PIE, which the kernel lays at a random address" {
	check() {
		run -0 readelf --file-header "$PAUSE"
		case $platform in
		386 | armv*) assert_output --regexp 'Type: +EXEC' ;;
		*) assert_output --regexp 'Type: +DYN' ;;
		esac
	}
	for_each_platform check
}

# assert_small BYTES: PAUSE has at most BYTES.
assert_small() { assert [ "$(stat -c %s "$PAUSE")" -le "$1" ]; }

@test "the amd64 program has at most 4,096 bytes, every other at most 8,192" {
	for_each_platform assert_small 8192
	PAUSE=$TOP/bin/pause-linux-amd64
	assert_small 4096
}

@test "every program has the section headers that strip and virus scanners expect" {
	check() {
		run -0 readelf --wide --section-headers "$PAUSE"
		assert_output --partial .text
		refute_output --partial .comment # which would name the compiler's package
	}
	for_each_platform check
	run -0 strip -o "$BATS_TEST_TMPDIR/stripped" "$TOP/$(print_variable PROGRAM)"
	run -0 install -s "$TOP/$(print_variable PROGRAM)" "$BATS_TEST_TMPDIR/installed"
}

@test "every program names itself in a package note, for scanners" {
	check() {
		run -0 readelf --notes "$PAUSE"
		assert_output --partial "{\"name\":\"pause\",\"version\":\"$(print_variable VERSION)\"}"
	}
	for_each_platform check
}

@test "every program prints its version" {
	check() {
		run -0 timeout 20 "${runner[@]}" "$PAUSE" -v
		assert_output "pause.c $(print_variable VERSION)"
	}
	for_each_platform check
}

@test "every program stops on SIGINT and SIGTERM with its message and status 0" {
	check() {
		for signal in INT TERM; do
			start_pause process "${runner[@]}"
			assert_graceful_exit "$signal"
		done
	}
	for_each_platform check
}

@test "every program as PID 1 reaps orphans and stops on SIGTERM" {
	check() {
		start_pause init "${runner[@]}"
		make_orphans 20
		wait_until has_no_children
		assert_graceful_exit TERM
	}
	for_each_platform check
}
