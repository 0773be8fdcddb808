#!/bin/bash
# boot.sh PLATFORM KERNEL INITRD [QEMU_ARGUMENT...]: boots Linux in QEMU, on the machine that the
# table of platforms names, until the guest powers off or panics. The console is on stdout.
# Variables: APPEND, for the kernel's command line; MEMORY, in MB; ACCEL; TIMEOUT, in seconds, for a
# guest that hangs (status 124).
set -eu
platform=$1 kernel=$2 initrd=$3
shift 3
system=$(make -s -C "${0%/*}/../.." "print-system-$platform")
read -r qemu console machine cpu <<<"$system"
: "${console:?the table of platforms has no system for $platform}"
[ "${ACCEL-}" != kvm ] || cpu=host
exec timeout --foreground "${TIMEOUT:-900}" "qemu-system-$qemu" \
	${machine:+-machine "$machine"} ${cpu:+-cpu "$cpu"} -accel "${ACCEL:-tcg}" \
	-m "${MEMORY:-512}" -kernel "$kernel" -initrd "$initrd" -nographic -vga none -no-reboot "$@" \
	-append "console=$console quiet panic=-1 ${APPEND-}"
