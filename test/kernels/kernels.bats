#!/usr/bin/env bats
# Every platform on Debian's own kernel for it, in QEMU: init checks pause in the guest.

load ../helper
CACHE=$TOP/build/cache/kernels

fetch() { "$TOP/test/kernels/fetch.sh" "$CACHE/$1" "${@:2}"; }

# boot ARCH SUITE FLAVOUR SEEN [QEMU_ARGUMENT...]: the checks pass on that kernel of Debian's SUITE.
# SEEN is the machine, the page size and the page tables, as the guest's kernel names them.
boot() {
	local -A debian=([386]=i386 [armv5]=armhf [armv7]=armhf [ppc64le]=ppc64el)
	local kernel=$CACHE/$2-$3 root=$BATS_TEST_TMPDIR/root
	local log=$TOP/build/kernels/$BATS_TEST_NUMBER-$1.log
	fetch "$2-$3" "$2" "${debian[$1]-$1}" "linux-image-$3" busybox-static
	mkdir -p "$root"/{bin,proc,dev,cgroup} "${log%/*}"
	cp "$(find "$kernel" -path '*bin/busybox')" "$root/bin"
	cp "$TOP/bin/pause-linux-$1" "$root/pause"
	cp "$TOP/build/$1"/{pause-4k,baseline} "$TOP/test/kernels/init" "$root"
	(cd "$root" && find . | cpio --create --format newc --quiet) >"$root.cpio"
	"$TOP/test/node/boot.sh" "$1" "$(find "$kernel" -name 'vmlinu[xz]*')" "$root.cpio" \
		-nic none "${@:5}" </dev/null 2>&1 3>&- | tr -d '\r' >"$log"
	echo "The last lines of $log:"
	tail -n 40 "$log"
	grep '^# ' "$log" >&3
	grep -q "^# $4: " "$log"
	assert_equal "$(grep -c '^ok ' "$log")" "$(sed -n 's/^1\.\.//p' "$log")"
}

# QEMU boots loong64 from version 10 on, by way of EFI. Debian 12 has that version as a backport.
# bats test_tags=debian14
@test "pause holds on loong64 with 16 KiB pages" {
	fetch efi trixie amd64 qemu-efi-loongarch64
	if [[ $(qemu-system-loongarch64 --version) == *"version 7."* ]]; then
		fetch qemu bookworm-backports "$(dpkg --print-architecture)" qemu-system-misc
		PATH=$CACHE/qemu/usr/bin:$PATH
	fi
	boot loong64 forky loong64 "loongarch64 16384" \
		-bios "$CACHE/efi/usr/share/qemu-efi-loongarch64/QEMU_EFI.fd"
}
@test "pause holds on ppc64le with 64 KiB pages" {
	boot ppc64le bookworm powerpc64le "ppc64le 65536"
}
# bats test_tags=debian14
@test "pause holds on riscv64" { boot riscv64 forky riscv64 "riscv64 4096"; }
@test "pause holds on s390x" { boot s390x bookworm s390x "s390x 4096"; }
@test "pause holds on arm64 with 4 KiB pages" { boot arm64 bookworm arm64 "aarch64 4096"; }
@test "pause holds on arm64 with 16 KiB pages" { boot arm64 trixie arm64-16k "aarch64 16384"; }
@test "pause holds on arm/v7" { boot armv7 bookworm armmp "armv7l 4096"; }
@test "pause for arm/v5 holds on arm/v7" { boot armv5 bookworm armmp "armv7l 4096"; }
@test "pause holds on 386" { boot 386 bookworm 686 "i686 4096"; }
@test "pause holds on amd64" { boot amd64 trixie cloud-amd64 "x86_64 4096" -cpu max,la57=off; }
@test "pause holds on amd64 with 5-level paging" {
	boot amd64 trixie cloud-amd64 "x86_64 4096 la57"
}
