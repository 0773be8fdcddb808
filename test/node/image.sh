#!/bin/bash
# image.sh DIR: makes the node's image in DIR: the disk root.ext2, and its kernel and initrd. The
# node is Debian 13 with its own runtimes. It takes no root: mmdebstrap makes a user namespace.
set -eu
dir=$1
packages=(
	"linux-image-cloud-$(dpkg --print-architecture)" initramfs-tools iproute2 kmod procps util-linux
	bats bats-support bats-assert bats-file jq curl make busybox-static strace
	docker.io docker-cli docker-buildx containerd containernetworking-plugins
	podman netavark aardvark-dns buildah skopeo runc crun runsc catatonit criu
	iptables nftables docker-registry nginx-light cosign
)
mirror=$(make -s -C "${0%/*}/../.." print-MIRROR)
: "${mirror:?apt knows no mirror of Debian: run apt-get update}"

rm -rf "$dir.new"
mkdir -p "$dir.new"
trap 'rm -rf "$dir.new"' EXIT
mmdebstrap --quiet --variant=apt --format=ext2 --aptopt='APT::Install-Recommends "false"' \
	--include="${packages[*]}" trixie "$dir.new/root.ext2" "$mirror"
# The kernel is booted from outside. Its name has the version.
for file in vmlinuz initrd.img; do
	name=$(debugfs -R 'ls -p /boot' "$dir.new/root.ext2" 2>/dev/null | grep -o "$file-[^/]*")
	debugfs -R "dump /boot/$name $dir.new/${file%.img}" "$dir.new/root.ext2" 2>/dev/null
done
truncate -s 4G "$dir.new/root.ext2" # mmdebstrap leaves no room
resize2fs "$dir.new/root.ext2" >/dev/null 2>&1
rm -rf "$dir"
mv "$dir.new" "$dir"
