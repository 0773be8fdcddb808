#!/bin/bash
# fetch.sh DIR SUITE ARCH PACKAGE...: unpacks packages of Debian into DIR, once. It takes no root:
# apt has this machine's mirror, keys and settings here, but a state of its own. With the ARCH
# source, it unpacks the upstream source of PACKAGE.
set -eu
dir=$(realpath -m "$1") suite=$2 arch=$3 type=deb
[ "$arch" != source ] || type="deb-src"
shift 3
mkdir -p "${dir%/*}"
exec 9>"$dir.lock"
flock 9 # two tests share a kernel
[ ! -e "$dir" ] || exit 0
trap 'rm -rf "$dir.apt" "$dir.new"' EXIT
mkdir -p "$dir.new" "$dir.apt"/{lists,archives}/partial
mirror=$(make -s -C "${0%/*}/../.." print-MIRROR)
cd "$dir.apt"

keys=/usr/share/keyrings/debian-archive-keyring.gpg
: "${mirror:?apt knows no mirror of Debian: run apt-get update}"
echo "$type [signed-by=$keys] $mirror $suite main" >list
cat >conf <<-END
	APT { Architecture "$arch"; Architectures "$arch"; Sandbox::User "root"; };
	Dir { Etc { SourceList "$PWD/list"; SourceParts "/dev/null"; }; Cache "$PWD";
	      State { Status "/dev/null"; Lists "$PWD/lists"; }; };
END
export APT_CONFIG=$PWD/conf
apt-get -qq -o Acquire::Languages=none update
if [ "$arch" = source ]; then
	apt-get -qq source --tar-only --download-only "$1"
	tar --extract --file ./*.orig.tar.gz --directory "$dir.new" --strip-components 1
	mv "$dir.new" "$dir"
	exit
fi
# linux-image-FLAVOUR depends on the package of the kernel, in Debian 14 by way of another one.
mapfile -t kernel < <(apt-cache depends --recurse --important "$@" |
	grep -E '^linux-(image|binary)-[0-9]')
case $* in *linux-image-*) : "${kernel:?apt finds no such kernel: $*}" ;; esac
apt-get -qq download "$@" "${kernel[@]}"
for deb in *.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory "$dir.new" --exclude '*.ko*'
done
mv "$dir.new" "$dir"
