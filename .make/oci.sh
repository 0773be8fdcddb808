# shellcheck shell=bash
# oci.sh: functions of bash that make images in the directory OCI, which is an OCI layout and a
# docker-archive in one: the archive, and the images of the tests. A descriptor is a line of JSON.
OCI=$(mktemp -d)
TYPE=application/vnd.oci.image
trap 'rm -rf "$OCI"' EXIT

# blob TYPE: stores its input; prints its descriptor.
blob() {
	local file digest
	file=$(mktemp -p "$OCI")
	digest=$(tee "$file" | sha256sum | cut -c -64)
	jq -cn --arg type "$TYPE.$1" --arg digest "$digest" --argjson size "$(wc -c <"$file")" \
		'{mediaType: $type, digest: "sha256:\($digest)", $size}'
	mkdir -p "$OCI/blobs/sha256"
	mv "$file" "$OCI/blobs/sha256/$digest"
}

# layer LEVEL: stores the tar file on stdin, compressed; prints the descriptor with the diff_id.
layer() {
	local diff
	diff=$(tee "$OCI/layer" | sha256sum | cut -c -64)
	gzip "-${1}n" <"$OCI/layer" | blob layer.v1.tar+gzip | jq -c ".diff_id = \"sha256:$diff\""
	rm "$OCI/layer"
}

# image PLATFORM LAYER CONFIG [NAME...]: makes an image of one layer. CONFIG is JSON that joins the
# image's configuration. Prints the manifest's descriptor. docker load gives it these NAMEs.
image() {
	local config path='"blobs/" + (.digest | sub(":"; "/"))'
	config=$(jq -cn --arg name "$1" --argjson layer "$2" --argjson config "$3" '
		{os: "linux"} + ($name | if startswith("armv") then {architecture: "arm", variant: .[3:]}
			else {architecture: .} end)
		+ {rootfs: {type: "layers", diff_ids: [$layer.diff_id]}} + $config')
	jq -c . <<<"$config" | blob config.v1+json |
		jq -c --arg type "$TYPE.manifest.v1+json" --argjson layer "$2" '{schemaVersion: 2,
			mediaType: $type, config: ., layers: [$layer | del(.diff_id)]}' >"$OCI/manifest"
	jq -c "{Config: (.config | $path), RepoTags: \$ARGS.positional, Layers: [.layers[] | $path]}" \
		"$OCI/manifest" --args "${@:4}" >>"$OCI/manifests"
	blob manifest.v1+json <"$OCI/manifest" |
		jq -c --argjson config "$config" '.platform = ($config | {os, architecture, variant}
			| with_entries(select(.value)))'
	rm "$OCI/manifest"
}

# named NAME: adds to the descriptor on stdin the names that an engine gives it.
named() {
	jq -c --arg name "$1" '.annotations = {"org.opencontainers.image.ref.name": $name,
		"io.containerd.image.name": $name}'
}

# index JSON: prints an image index of the descriptors on stdin, with JSON.
index() {
	jq -cs --arg type "$TYPE.index.v1+json" --argjson more "$1" \
		'{schemaVersion: 2, mediaType: $type, manifests: .} + $more'
}

# write_archive FILE [TAR_OPTION...]: writes the images whose named descriptors are on stdin.
write_archive() {
	index null >"$OCI/index.json"
	jq -cs . "$OCI/manifests" >"$OCI/manifest.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$OCI/oci-layout"
	tar --create --file "$1.new" --directory "$OCI" "${@:2}" blobs index.json manifest.json oci-layout
	mv "$1.new" "$1"
}
