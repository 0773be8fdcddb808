#!/usr/bin/env bats
# The programs of all platforms: static and small, and the contract's core under qemu-user, or natively.

load ../helper

# on ARCH COMMAND...: runs COMMAND with PAUSE and via set for ARCH: via is how to run it here, the oldest processor that
# it promises to run on.
on() {
	PAUSE=$TOP/bin/pause-linux-$1
	case $1 in
	amd64 | 386) via=(env) ;;
	arm64) via=(qemu-aarch64) ;;
	armv7) via=(qemu-arm -cpu cortex-a7) ;;
	armv5) via=(qemu-arm -cpu arm926) ;;
	loong64) via=(qemu-loongarch64) ;;
	*) via=("qemu-$1") ;;
	esac
	"${@:2}" || { echo "failed on $1" >&2; return 1; }
}

# everywhere COMMAND...: the same for every architecture of the Makefile.
everywhere() {
	for arch in $(make -s -C "$TOP" archs); do
		on "$arch" "$@" || return
	done
}

setup_file() { make -C "$TOP" all; }

@test "every program is static, and at most 12,288 bytes" {
	small() { linked "$PAUSE" && [ "$(stat -c %s "$PAUSE")" -le 12288 ]; }
	everywhere small
}

@test "every program prints its version" {
	prints() { [ "$("${via[@]}" "$PAUSE" -v)" = "$("$TOP/bin/pause-linux-amd64" -v)" ]; }
	everywhere prints
}

@test "every program stops on SIGINT and SIGTERM with status 0 and its message" {
	stops() {
		start process "${via[@]}" && stop INT &&
			said process "Shutting down, got signal: Interrupt" &&
			start process "${via[@]}" && stop TERM &&
			said process "Shutting down, got signal: Terminated"
	}
	everywhere stops
}

@test "every program, as PID 1, reaps orphans and stops on SIGTERM" {
	reaps() {
		start init "${via[@]}" && orphans 20 && eventually no_children &&
			stop TERM && said init "Shutting down, got signal: Terminated"
	}
	everywhere reaps
}
