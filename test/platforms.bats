#!/usr/bin/env bats
# The programs of all platforms: what is in the file, and the contract's core under qemu-user.
# shellcheck disable=SC2016,SC2030,SC2031,SC2317 # a test is a subshell, and calls what it is given
load helper

setup_file() {
	make -s -C "$TOP" all
	ARCHS=$(print_variable ARCHS)
	export ARCHS
	# For QEMU 7, which misaligns the stack of x86-64's signal handlers (QEMU's issue 1648).
	cd "$BATS_FILE_TMPDIR" || return
	copy_tree amd64
	make -s ARCH=amd64 VERSION="$(print_variable VERSION)" CFLAGS="-Oz -mstackrealign"
}

# for_each_platform COMMAND...: runs COMMAND for every platform, with PAUSE set.
for_each_platform() {
	local platform
	assert [ -n "$ARCHS" ]
	for platform in $ARCHS; do
		echo "platform $platform" # for the report of a failure
		PAUSE=$TOP/bin/pause-linux-$platform
		"$@"
	done
}

# emulate COMMAND...: runs COMMAND with runner set to what runs PAUSE on the oldest processor that
# the platform is for.
emulate() {
	local qemu processor
	read -r qemu processor < <(print_variable "user-$platform")
	if [[ $("qemu-$qemu" --version) == *"version 7."* ]]; then
		case $platform in
		amd64) PAUSE=$BATS_FILE_TMPDIR/bin/pause-linux-amd64 ;;
		armv7 | loong64) processor=${processor%,*} ;; # it has no vfp-d32, and no lsx
		esac
	fi
	runner=("qemu-$qemu" ${processor:+-cpu "$processor"})
	"$@"
}

# run_each COMMAND...: emulates every platform for COMMAND, and this machine's own runs as it is,
# too.
run_each() {
	for_each_platform emulate "$@"
	PAUSE=$TOP/$(print_variable PROGRAM) runner=()
	"$@"
}

@test "every program is static" {
	for_each_platform eval 'assert_static "$PAUSE"'
	run ! assert_static "$(type -P true)" # negative control
}

@test "every program is a PIE, laid at a random address, or fixed, as the table says" {
	declare -A type=([any]=DYN [fixed]=EXEC)
	check() {
		run -0 readelf --file-header "$PAUSE"
		assert_output --regexp "Type: +${type[$(print_variable "address-$platform")]} "
	}
	for_each_platform check
}

@test "amd64 has at most 4,096 bytes, others 8,192, and the README has them but for the version" {
	cd "$BATS_TEST_TMPDIR" || return
	read -ra platforms < <(print_variable ARCHS)
	copy_tree "${platforms[@]}" # without a packager's flags
	make -s all VERSION="$(print_variable VERSION)"
	for platform in "${platforms[@]}"; do
		run -0 grep -oP "^\| linux/${platform/#armv/arm/v} \| \K[0-9,]+" "$TOP/README.md"
		size=$(stat -c %s "bin/pause-linux-$platform")
		difference=$((${output/,/} - size))
		assert [ "${difference#-}" -le 64 ]
		assert [ "$size" -le 8192 ]
	done
	assert [ "$(stat -c %s bin/pause-linux-amd64)" -le 4096 ]
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

# assert_words PLATFORM: the compiler's IR of each function in the program that is built here has
# the table's words for the processor.
assert_words() {
	local functions word
	functions=$(llvm-dis"$(print_variable SUFFIX)" -o - "bin/pause-linux-$1".*.precodegen.bc |
		grep '"target-cpu"')
	for word in $(print_variable "ir-$1"); do
		run -1 grep --invert-match "[\",]${word}[\",]" <<<"$functions" || return
	done
	[ -n "$functions" ] && [ -n "$word" ]
}

# assert_known_to PROCESSOR: the disassembler knows as many instructions of PAUSE for PROCESSOR as
# for the newest one.
assert_known_to() {
	local objdump newest
	objdump=llvm-objdump$(print_variable SUFFIX)
	newest=$("$objdump" --mcpu=help --disassemble "$PAUSE" 2>&1 |
		grep -o 'arch[0-9]*' | sort --version-sort | tail -n 1)
	diff <("$objdump" --mcpu="$1" --disassemble "$PAUSE") \
		<("$objdump" --mcpu="$newest" --disassemble "$PAUSE")
}

@test "every program prints its version" {
	check() {
		run -0 timeout "$DEADLINE" "${runner[@]}" "$PAUSE" -v
		assert_output "pause.c $(print_variable VERSION)"
	}
	run_each check
}

@test "every program stops on SIGINT and SIGTERM with its message and status 0" {
	check() {
		for signal in INT TERM; do
			start_pause process "${runner[@]}"
			assert_graceful_exit "$signal"
		done
	}
	run_each check
}

@test "every program as PID 1 reaps orphans and stops on SIGTERM" {
	check() {
		start_pause init "${runner[@]}"
		make_orphans 20
		wait_until has_no_children
		assert_graceful_exit TERM
	}
	run_each check
}

@test "the compiler's words for the processor are those of the table" {
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2086 # words
	copy_tree $ARCHS
	run -0 make all LDFLAGS=-Wl,--save-temps
	for_each_platform eval 'assert_words "$platform"'
}

@test "the program for s390x has no instruction that a z10 lacks" {
	PAUSE=$TOP/bin/pause-linux-s390x
	assert_known_to z10
}

@test "negative control: code of a newer processor is found" {
	cd "$BATS_TEST_TMPDIR" || return
	copy_tree 386 s390x
	run -0 make ARCH=386 CFLAGS="-Oz -march=i686" LDFLAGS=-Wl,--save-temps
	run ! assert_words 386
	run -0 make ARCH=s390x CFLAGS="-Oz -march=z196"
	PAUSE=bin/pause-linux-s390x
	run ! assert_known_to z10

	sed -i '/^int main/,/^{/ s/^{/&\n\t__asm__ volatile("cmovel %eax, %eax");/' pause.c
	run -0 make ARCH=386
	platform=386 PAUSE=bin/pause-linux-386
	# shellcheck disable=SC2016 # emulate sets runner
	emulate eval 'run -132 "${runner[@]}" "$PAUSE" -v'
}
