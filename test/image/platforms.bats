#!/usr/bin/env bats
# The programs of all platforms: static and small, and the contract's core under qemu-user, or natively.

load ../helper

# everywhere COMMAND...: runs COMMAND for every architecture of the Makefile, with PAUSE and via set: via is how to run it here,
# the oldest processor that it promises to run on.
everywhere() {
	for arch in $(make -s -C "$TOP" archs); do
		echo "on $arch" # for the report of a failure
		PAUSE=$TOP/bin/pause-linux-$arch
		case $arch in
		amd64 | 386) via=(env) ;;
		arm64) via=(qemu-aarch64) ;;
		armv7) via=(qemu-arm -cpu cortex-a7) ;;
		armv5) via=(qemu-arm -cpu arm926) ;;
		loong64) via=(qemu-loongarch64) ;;
		*) via=("qemu-$arch") ;;
		esac
		"$@"
	done
}

setup_file() { make -C "$TOP" all; }

@test "every program is static, and at most 12,288 bytes" {
	small() { linked "$PAUSE" && [ "$(stat -c %s "$PAUSE")" -le 12288 ]; }
	everywhere small
	run ! linked "$(command -v true)" # the control
}

@test "every program prints its version" {
	prints() { [ "$("${via[@]}" "$PAUSE" -v)" = "$("$TOP/bin/pause-linux-amd64" -v)" ]; }
	everywhere prints
}

@test "every program stops on SIGINT and SIGTERM with status 0 and its message" {
	stops() {
		for signal in INT TERM; do
			start process "${via[@]}"
			leaves "$signal"
		done
	}
	everywhere stops
}

@test "every program, as PID 1, reaps orphans and stops on SIGTERM" {
	reaps() {
		start init "${via[@]}"
		orphans 20
		eventually no_children
		leaves TERM
	}
	everywhere reaps
}
