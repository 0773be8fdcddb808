#!/bin/bash
# run.sh SUITE...: boots the node, runs these bats suites in it, and prints their TAP. The console
# stays in build/node/console.log. run.sh --shell: boots the node with a shell on its console.
# run.sh --here SUITE...: runs them with the node's programs, but on this machine's kernel: for
# suites that want no other one, in a tenth of the time.
# Variables: PAYLOAD, a file or directory that the node gets in /payload, beside test and bin;
# TIMEOUT, in seconds; CRITEST, for critest.bats.
set -eu
top=$(realpath "${0%/*}/../..")
image=$top/build/cache/node run=$top/build/node arch=$(make -s -C "$top" print-HOST)
archive=$(make -s -C "$top" print-ARCHIVE).tar
export MEMORY=3000

[ -e "$top/$archive" ] || {
	echo "$archive is not built: run make archive first" >&2
	exit 1
}
rm -rf "$run"
mkdir -p "$run/payload" "$run/tree"
cp -a "$top"/{.make,Makefile,README.md,test,bin} "$run/payload"
[ -z "${PAYLOAD-}" ] || cp -al "$PAYLOAD" "$run/payload"
for variable in IMAGE VERSION ARCHS REVISION KUBERNETES; do
	echo "$variable='$(make -s -C "$top" print-$variable)'"
done >"$run/payload/variables"
echo "PAUSE=/payload/$(make -s -C "$top" print-PROGRAM)
ARCHIVE=/payload/$archive
CRITEST=${CRITEST-}" >>"$run/payload/variables"
if [ "$1" = --here ]; then
	debugfs -R "rdump / $run/tree" "$image/root.ext2" >/dev/null 2>&1
	[ -x "$run/tree/usr/bin/bats" ] || {
		echo "$image/root.ext2 cannot be unpacked into $run/tree" >&2
		exit 1
	}
	user=()
	[ "$(id -u)" = 0 ] || user=(--map-root-user --map-auto)
	status=0
	env --ignore-environment PATH="$PATH" \
		unshare "${user[@]}" --mount --pid --net --fork --kill-child \
		bash "$top/test/node/enter.sh" "$run" "${@:2}" || status=$?
	rm -rf "$run/tree"
	exit "$status"
fi

# /dev/kvm may be there and not work: see once whether a kernel without a root panics there.
if [ ! -w /dev/kvm ]; then
	ACCEL=tcg
elif [ ! -s "$image/accel" ]; then
	: >"$image/empty"
	if TIMEOUT=120 ACCEL=kvm "$top/test/node/boot.sh" "$arch" "$image/vmlinuz" "$image/empty" \
		</dev/null >/dev/null 2>&1; then
		echo kvm
	else
		echo tcg
	fi >"$image/accel" 2>/dev/null # bash says that QEMU aborted
fi
export ACCEL=${ACCEL:-$(<"$image/accel")}

export TIMEOUT=${TIMEOUT:-7200} # for a node that hangs; its suites have deadlines of their own
# The node has one processor. In the emulator of Debian 12's QEMU, a second one may run an int3 that
# the kernel (text_poke_bp()) has removed already: Linux panics. With KVM the node is the same.
boot=("$top/test/node/boot.sh" "$arch" "$image/vmlinuz" "$image/initrd" -snapshot
	-drive "file=$image/root.ext2,if=virtio,format=raw" -drive "file=$run/disk,if=virtio,format=raw"
	-nic "user,model=virtio-net-pci" -device virtio-serial
	-chardev "file,id=results,path=/dev/fd/3,append=on" -device "virtserialport,chardev=results")
export APPEND='root=/dev/vda rw net.ifnames=0 init=/bin/sh -- -c
	"mkdir -p /payload && mount /dev/vdb /payload && exec /payload/test/node/init"'
APPEND=$(tr -d '\n' <<<"$APPEND")
# In the emulator there is nothing to mitigate, and mitigations take a sixth of the node's time.
[ "$ACCEL" = kvm ] || APPEND="mitigations=off $APPEND"

make_disk() { mke2fs -q -t ext4 -d "$run/payload" "$run/disk" 8G >/dev/null; }
if [ "$1" = --shell ]; then
	touch "$run/payload/shell"
	make_disk
	exec "${boot[@]}" 3>/dev/null
fi
printf '%s\n' "$@" >"$run/payload/suites"
make_disk
"${boot[@]}" </dev/null 3>&1 >"$run/console.log" 2>&1 | tee "$run/results" || :
rm -f "$run/disk"
if ! grep -q "^ok " "$run/results" ||
	! grep -q "^# the node's suites ended with status 0$" "$run/results"; then
	echo "# the console of the node is in build/node/console.log" >&2
	exit 1
fi
