#!/bin/bash
# archive.sh FILE ARCH...: writes to FILE an OCI archive whose image index holds the image of each ARCH, in that order.
# Takes IMAGE, VERSION, REVISION, SOURCE and SOURCE_DATE_EPOCH from the environment; the same ones give the same bytes.
# Needs bin/pause-linux-ARCH; works in build/oci and leaves no FILE when it fails.
set -eu
file=$1 name=$IMAGE:$VERSION work=build/oci oci=build/oci/layout
shift
# The layers that an ordinary user's buildah unpacks may not be written to.
discard() { [ ! -e "$work" ] || chmod -R u+rwX "$work" && rm -rf "$work"; }
discard
rm -f "$file"
mkdir -p "$work"
trap discard EXIT
b() { HOME=$PWD/$work buildah --root "$PWD/$work/root" --runroot "$PWD/$work/run" --storage-driver vfs "$@"; }
with=(--timestamp "$SOURCE_DATE_EPOCH" --identity-label=false --omit-history) # which tells who owns bin/

b manifest create "$name" >/dev/null
for arch; do
	variant= && [[ $arch != armv* ]] || variant=${arch#arm}
	b build --quiet --isolation chroot --platform "linux/${arch/#armv/arm/v}" "${with[@]}" --unsetenv PATH --tag "$arch" \
		--build-arg TARGETVARIANT="$variant" --build-arg VERSION="$VERSION" --build-arg REVISION="$REVISION" \
		--build-arg SOURCE="$SOURCE" . >/dev/null
	if [ "$arch" = armv5 ]; then # buildah 1.28 writes v7 into the image config of every 32-bit arm, and says so here
		container=$(b from --pull-never "$arch" 2>/dev/null)
		b config --arch arm --variant "$variant" "$container"
		b commit --quiet --squash "${with[@]}" "$container" "$arch" >/dev/null
	fi
	b manifest add "$name" "$arch" >/dev/null
done
b manifest push --quiet --all "$name" "oci:$oci:$name"

# buildah 1.28 cannot annotate an index. Some engines take the name from ref.name, containerd from its own annotation.
old=$(jq -r '.manifests[0].digest' "$oci/index.json") index=$work/index.json
jq -c --arg version "$VERSION" --arg revision "$REVISION" --arg source "$SOURCE" '.annotations = (
	{title: "pause", $version, $revision, $source, licenses: "Apache-2.0 AND MIT"}
	| with_entries(.key |= "org.opencontainers.image." + .))' "$oci/blobs/${old/://}" >"$index"
digest=$(sha256sum <"$index")
rm "$oci/blobs/${old/://}"
jq -c --arg digest "sha256:${digest%% *}" --argjson size "$(stat -c %s "$index")" --arg name "$name" \
	'.manifests[0] += {$digest, $size} | .manifests[0].annotations["io.containerd.image.name"] = $name' \
	"$oci/index.json" >"$work/top.json"
mv "$index" "$oci/blobs/sha256/${digest%% *}"
mv "$work/top.json" "$oci/index.json"

tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner --format=ustar \
	-cf "$work/tar" -C "$oci" blobs index.json oci-layout
mv "$work/tar" "$file"
echo "$file: $name@sha256:${digest%% *}"
