#!/bin/bash
# check.sh LOG PLATFORM DEBIAN SUITE FLAVOUR SEEN [QEMU_ARGUMENT...]: boots Debian's linux-image-
# FLAVOUR of that SUITE, for its architecture DEBIAN, where init checks pause. The console goes
# to LOG. SEEN is what the kernel has to show: the size of its pages, and the levels of their
# tables.
set -eu -o pipefail
log=$(realpath -m "$1") platform=$2 debian=$3 suite=$4 flavour=$5 seen=$6
shift 6
cd "${0%/*}/../.."
cache=$PWD/build/cache/kernels kernel=$cache/$suite-$flavour
fetch() { test/kernels/fetch.sh "$cache/$1" "${@:2}"; }

fetch "$suite-$flavour" "$suite" "$debian" "linux-image-$flavour" busybox-static
# QEMU boots loong64 from version 10 on, by way of EFI. Debian 12 has that version as a backport.
if [ "$platform" = loong64 ]; then
	fetch efi trixie amd64 qemu-efi-loongarch64
	set -- -bios "$cache/efi/usr/share/qemu-efi-loongarch64/QEMU_EFI.fd" "$@"
	if [[ $(qemu-system-loongarch64 --version) == *"version 7."* ]]; then
		fetch qemu bookworm-backports "$(dpkg --print-architecture)" qemu-system-misc
		PATH=$cache/qemu/usr/bin:$PATH
	fi
fi

root=$(mktemp -d)
trap 'rm -rf "$root" "$root.cpio"' EXIT
mkdir -p "$root"/{bin,proc,dev,cgroup} "${log%/*}"
cp "$(find "$kernel" -path '*bin/busybox')" "$root/bin"
cp "bin/pause-linux-$platform" "$root/pause"
cp "build/$platform"/{pause-4k,baseline} test/kernels/init "$root"
[ "$platform $seen" != "arm64 4096" ] || cp build/arm64/{step,step-control} "$root"
(cd "$root" && find . | cpio --create --format newc --quiet) >"$root.cpio"
test/node/boot.sh "$platform" "$(find "$kernel" -name 'vmlinu[xz]*')" "$root.cpio" -nic none "$@" \
	</dev/null 2>&1 | tr -d '\r' >"$log" || : # the log tells

grep '^# ' "$log" || : # to the report
if ! grep -q "^# [^ ]* $seen: " "$log"; then
	problem="no kernel with $seen"
elif [ "$(grep -c '^ok ' "$log")" != "$(sed -n 's/^1\.\.//p' "$log")" ]; then
	problem="not every check is ok"
else
	exit 0
fi
printf '%s\n' "$problem; the last lines of $log:" "$(tail -n 40 "$log")"
exit 1
