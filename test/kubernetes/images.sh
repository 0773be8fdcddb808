#!/bin/bash
# images.sh FILE MIRROR: writes FILE, an OCI archive of images by the names that suites ask for.
# All images have the same layer, of Debian's packages from MIRROR. Their configurations differ.
set -eu -o pipefail
mkdir -p "$(dirname "$1")"
oci=$(mktemp -d)
trap 'rm -rf "$oci"' EXIT
mkdir -p "$oci/blobs/sha256"
arch=$(dpkg --print-architecture)
e2e=registry.k8s.io/e2e-test-images
cri=gcr.io/k8s-staging-cri-tools

# Runs in the tree of the layer. /bin has busybox alone, because critest knows the messages of its
# commands; busybox has no ipcs and no pgrep.
# shellcheck disable=SC2016 # mmdebstrap's shell expands $1
tree='cd "$1"
mkdir -p bin etc/apache2 root run usr/share/www var/log/nginx
ln -s usr/lib usr/lib64 usr/sbin .
ln -s ../run var/run
ln -s apache2 usr/sbin/httpd
chroot . /usr/bin/busybox --install /bin
cp usr/bin/id usr/bin/setuid-id
chmod 4755 usr/bin/setuid-id
echo "a page" >usr/share/www/index.html
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

# blob TYPE: stores its input, and prints the descriptor.
blob() {
	local file=$oci/blob digest
	digest=$(tee "$file" | sha256sum | cut -d ' ' -f 1)
	jq -n --arg type "$1" --arg digest "$digest" --argjson size "$(stat -c %s "$file")" \
		'{mediaType: $type, digest: "sha256:\($digest)", $size}'
	mv "$file" "$oci/blobs/sha256/$digest"
}

# image NAME USER COMMAND...: makes that image, and prints its descriptor.
image() {
	local name=$1 user=$2 config
	shift 2
	config=$(jq -n --arg arch "$arch" --arg user "$user" --argjson layer "$layer" \
		'{os: "linux", architecture: $arch, rootfs: {type: "layers", diff_ids: [$layer.digest]},
		config: {User: $user, Cmd: $ARGS.positional, Env: ["PATH=/bin:/usr/bin:/usr/sbin"]}}' \
		--args -- "$@" | blob application/vnd.oci.image.config.v1+json)
	jq -n --argjson config "$config" --argjson layer "$layer" \
		'{schemaVersion: 2, $config, layers: [$layer]}' |
		blob application/vnd.oci.image.manifest.v1+json |
		jq --arg name "$name" '.annotations["org.opencontainers.image.ref.name"] = $name'
}

layer=$(mmdebstrap --quiet --variant=extract --aptopt='APT::Install-Recommends "false"' \
	--include=busybox,nginx,apache2-bin,coreutils,util-linux,procps \
	--dpkgopt='path-exclude=/usr/share/*' --dpkgopt='path-exclude=/usr/bin/*' \
	--dpkgopt='path-include=/usr/bin/busybox' --dpkgopt='path-include=/usr/bin/id' \
	--dpkgopt='path-include=/usr/bin/ipcs' --dpkgopt='path-include=/usr/bin/pgrep' \
	--dpkgopt='path-exclude=/usr/lib/*perl*' --dpkgopt='path-exclude=/usr/lib/*/gconv*' \
	--extract-hook="$tree" trixie - "$2" | blob application/vnd.oci.image.layer.v1.tar)
{
	image "$e2e/busybox:1.29-2" "" sh
	image "$e2e/nginx:1.14-2" "" nginx
	image "$e2e/httpd:2.4.39-4" "" /usr/sbin/httpd -D FOREGROUND
	# shellcheck disable=SC2016 # the container's shell expands $(...)
	image "$e2e/nonewprivs:1.3" "" sh -c 'echo "Effective uid: $(setuid-id -u)"'
	image "$cri/hostnet-nginx-$arch:latest" "" nginx
	image "$cri/test-image-predefined-group:latest" 1000 sh
	for tag in latest:latest tag:test tag:all 1:latest 2:latest 3:latest tags:{1,2,3}; do
		image "$cri/test-image-$tag" "" sh "${tag%:*}"
	done
	image "$cri/test-image-user-uid:latest" 1002 sh
	image "$cri/test-image-user-username:latest" www-data sh
	image "$cri/test-image-user-uid-group:latest" 1003:33 sh
	image "$cri/test-image-user-username-group:latest" www-data:www-data sh
	image registry.k8s.io/pause:3.9 "" sh pause
	image registry.k8s.io/pause:3.10 "" tail -f /dev/null # the pause before ours
} | jq -s '{schemaVersion: 2, manifests: .}' >"$oci/index.json"
echo '{"imageLayoutVersion": "1.0.0"}' >"$oci/oci-layout"
tar -C "$oci" -cf "$1" oci-layout index.json blobs
