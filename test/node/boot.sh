#!/bin/bash
# boot.sh ARCH KERNEL INITRD [QEMU_ARGUMENT...]: boots Linux in QEMU, with the console on stdout,
# until the guest powers off or panics, or TIMEOUT is over (status 124).
# Variables: APPEND, for the kernel's command line; MEMORY, in MB; TIMEOUT, in seconds; ACCEL.
set -eu
arch=$1 kernel=$2 initrd=$3
shift 3

# One line an architecture: QEMU's name, the console, the machine. This processor of arm64 has
# 16 KiB pages, and no pointer authentication, which would take QEMU half of its time.
case $arch in
amd64) machine=(x86_64 ttyS0 -cpu max) ;;
arm64) machine=(aarch64 ttyAMA0 -M virt -cpu neoverse-n1) ;;
armv*) machine=(arm ttyAMA0 -M virt -cpu cortex-a15) ;;
386) machine=(i386 ttyS0) ;;
ppc64le) machine=(ppc64 hvc0 -M pseries -vga none) ;;
s390x) machine=(s390x ttysclp0) ;;
riscv64) machine=(riscv64 ttyS0 -M virt) ;;
loong64) machine=(loongarch64 ttyS0 -M virt) ;;
*)
	echo "boot.sh knows no machine for $arch" >&2
	exit 1
	;;
esac
[ "${ACCEL-}" != kvm ] || machine+=(-cpu host)
exec timeout --foreground "${TIMEOUT:-120}" \
	"qemu-system-${machine[0]}" "${machine[@]:2}" -accel "${ACCEL:-tcg,thread=multi}" \
	-m "${MEMORY:-512}" -kernel "$kernel" -initrd "$initrd" -nographic -no-reboot "$@" \
	-append "console=${machine[1]} quiet panic=-1 ${APPEND-}"
