#!/bin/bash
# images.sh FILE MIRROR: writes FILE, an OCI archive of images by the names that suites ask for.
# All images have the same layer, of Debian's packages from MIRROR. Their configurations differ.
set -eu -o pipefail
mkdir -p "$(dirname "$1")"
. .make/oci.sh
arch=$(dpkg --print-architecture)
e2e=registry.k8s.io/e2e-test-images
cri=gcr.io/k8s-staging-cri-tools

# Runs in the tree of the layer. /bin has busybox alone, because critest knows the messages of its
# commands; busybox has no ipcs and no pgrep. Its commands are hard links, since critest masks one;
# containerd's suite wants a bin/sh that is none. bash brings base-files, whose links go.
# shellcheck disable=SC2016 # mmdebstrap's shell expands $1
tree='cd "$1"
rm -rf bin lib lib64 sbin var/run
mkdir -p bin etc/apache2 root run usr/share/www var/log/nginx
ln -s usr/lib usr/lib64 usr/sbin .
ln -s ../run var/run
ln -s apache2 usr/sbin/httpd
chroot . /usr/bin/busybox --install /bin
ln -sf /usr/bin/busybox bin/sh
cp usr/bin/id usr/bin/setuid-id
chmod 4755 usr/bin/setuid-id
echo "a page" >usr/share/www/index.html
for file in test_dir/test_file :colon_prefixed/colon_prefixed_file C:/weird_test_dir/weird_test_file
do
	mkdir -p "${file%/*}"
	echo test_content >"$file"
done
cat >etc/passwd <<T
root:x:0:0::/root:/bin/sh
www-data:x:33:33::/:/bin/sh
default-user:x:1000:1000::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh
T
cat >etc/group <<T
root:x:0:
www-data:x:33:
default-user:x:1000:
group-defined-in-image:x:50000:default-user
nogroup:x:65534:
T
cat >etc/nginx/nginx.conf <<T
user www-data;
daemon off;
error_log stderr;
events {}
http {
	access_log off;
	server {
		listen 80;
		listen 12003; # on the host network
		root /usr/share/www;
	}
}
T
cat >etc/apache2/apache2.conf <<T
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
User www-data
Group www-data
ServerName httpd
Listen 80
DocumentRoot /usr/share/www
ErrorLog /dev/stderr
PidFile /run/httpd.pid
T'

# test_image NAME USER COMMAND...: makes that image of the layer, with VOLUMES if they are set, and
# prints its descriptor. The cluster mounts the programs of its control plane in /usr/local/bin.
test_image() {
	image "$arch" "$layer" "$(jq -cn --arg user "$2" --argjson volumes "${VOLUMES-null}" '{config: {
		User: $user, Cmd: $ARGS.positional, Volumes: $volumes,
		Env: ["PATH=/usr/local/bin:/bin:/usr/bin:/usr/sbin"]}}' --args -- "${@:3}")" "$1" | named "$1"
}

layer=$(mmdebstrap --quiet --variant=extract --aptopt='APT::Install-Recommends "false"' \
	--include=busybox,nginx,apache2-bin,coreutils,util-linux,procps,bash,curl,iproute2 \
	--dpkgopt='path-exclude=/usr/share/*' --dpkgopt='path-exclude=/usr/bin/*' \
	--dpkgopt='path-include=/usr/bin/busybox' --dpkgopt='path-include=/usr/bin/id' \
	--dpkgopt='path-include=/usr/bin/ipcs' --dpkgopt='path-include=/usr/bin/pgrep' \
	--dpkgopt='path-include=/usr/bin/bash' --dpkgopt='path-include=/usr/bin/curl' \
	--dpkgopt='path-include=/usr/bin/ss' \
	--dpkgopt='path-exclude=/usr/lib/*perl*' --dpkgopt='path-exclude=/usr/lib/*/gconv*' \
	--extract-hook="$tree" trixie - "$2" | layer 1)
{
	test_image "$e2e/busybox:1.29-2" "" sh
	test_image "$e2e/nginx:1.14-2" "" nginx
	test_image "$e2e/httpd:2.4.39-4" "" /usr/sbin/httpd -D FOREGROUND
	# shellcheck disable=SC2016 # the container's shell expands $(...)
	test_image "$e2e/nonewprivs:1.3" "" sh -c 'echo "Effective uid: $(setuid-id -u)"'
	test_image "$cri/hostnet-nginx-$arch:latest" "" nginx
	test_image "$cri/test-image-predefined-group:latest" 1000 sh
	for tag in latest:latest tag:test tag:all 1:latest 2:latest 3:latest tags:{1,2,3}; do
		test_image "$cri/test-image-$tag" "" sh "${tag%:*}"
	done
	test_image "$cri/test-image-user-uid:latest" 1002 sh
	test_image "$cri/test-image-user-username:latest" www-data sh
	test_image "$cri/test-image-user-uid-group:latest" 1003:33 sh
	test_image "$cri/test-image-user-username-group:latest" www-data:www-data sh
	test_image registry.k8s.io/pause:3.9 "" sh pause
	test_image registry.k8s.io/pause:3.10 "" tail -f /dev/null # a sandbox that is not ours
	test_image docker.io/nicolaka/netshoot:1 "" bash           # its bash, curl and ss
	VOLUMES='{"/test_dir": {}, "/:colon_prefixed": {}, "/C:/weird_test_dir": {}}' \
		test_image 127.0.0.1:5000/integration:1 "" sh # its busybox, alpine and volume-copy-up
} | write_archive "$1"
