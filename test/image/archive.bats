#!/usr/bin/env bats
# The archive that `make archive` writes: what is in it, that it is the same everywhere, and the bill that goes with it.

load ../helper

# Leaves what `make archive` wrote in LAYOUT, and in IMAGES, as JSON, each platform's image: its name (as the program's),
# its platform in the index, its config, and the descriptors of its layers.
setup_file() {
	make -C "$TOP" archive
	ARCHIVE=$(make -s -C "$TOP" archive-path)
	LAYOUT=$BATS_FILE_TMPDIR/layout
	mkdir "$LAYOUT"
	tar -xf "$ARCHIVE" -C "$LAYOUT"
	INDEX=$(jq '.manifests[0]' "$LAYOUT/index.json" | blob)
	IMAGES=$(jq -c '.manifests[]' <<<"$INDEX" | while read -r descriptor; do
		image=$(blob <<<"$descriptor")
		jq --argjson image "$image" --argjson config "$(jq .config <<<"$image" | blob)" \
			'{name: (.platform | .architecture + .variant), platform, $config, layers: $image.layers}' <<<"$descriptor"
	done)
	export ARCHIVE LAYOUT INDEX IMAGES
}

# blob: the blob whose descriptor is on stdin.
blob() { cat "$LAYOUT/blobs/$(jq -r '.digest | sub(":"; "/")')"; }

# each FILTER: jq's FILTER, given $knob, is true of every image.
each() {
	jq -es --argjson knob "$(make -s -C "$TOP" knobs)" "length > 0 and all(.[]; $1)" <<<"$IMAGES" >/dev/null
}

@test "the index has every platform of the Makefile, in its order, and the config of each says the same" {
	[ "$(jq -r .name <<<"$IMAGES" | paste -sd' ')" = "$(make -s -C "$TOP" archs)" ]
	each '.platform == (.config | {architecture, os, variant} | with_entries(select(.value)))'
	run ! each '.platform.variant' # the control
}

@test "the config: uid 65535, the entrypoint, nothing else, and labels that tell the source" {
	# The WorkingDir that none means; Debian 13's buildah 1.39 writes it.
	each '{WorkingDir: "/"} + .config.config | del(.Labels) == {User: "65535:65535", Entrypoint: ["/pause"], WorkingDir: "/"}'
	each '.config.created == ($knob.SOURCE_DATE_EPOCH | tonumber | todate)'
	each '[.config.config.Labels["org.opencontainers.image.\("version", "revision", "source", "licenses", "title")"]] ==
		[$knob.VERSION, $knob.REVISION, $knob.SOURCE, "Apache-2.0 AND MIT", "pause"]'
	each '.config.config.Labels | has("org.opencontainers.image.description") and
		(keys | all(startswith("org.opencontainers.image.")))'
}

@test "one layer holds the one file /pause, mode 0755, of root, as old as the commit" {
	while read -r image; do
		[ "$(jq '.layers | length' <<<"$image")" = 1 ]
		jq '.layers[0]' <<<"$image" | blob >"$BATS_TEST_TMPDIR/layer"
		TZ=UTC run -0 tar --full-time -tvzf "$BATS_TEST_TMPDIR/layer"
		name=$(jq -r .name <<<"$image")
		[[ $output =~ ^-rwxr-xr-x\ 0/0\ +$(stat -c %s "$TOP/bin/pause-linux-$name")\ $(jq -r '.config.created | sub("T"; " ") | rtrimstr("Z")' <<<"$image")\ pause$ ]]
		tar -xOzf "$BATS_TEST_TMPDIR/layer" pause | cmp - "$TOP/bin/pause-linux-$name"
	done < <(jq -c . <<<"$IMAGES")
}

@test "the index is annotated and has a full reference name; the archive has at most 120 KB" {
	jq <<<"$INDEX" -e --argjson knob "$(make -s -C "$TOP" knobs)" '.annotations |
		[.["org.opencontainers.image.\("version", "revision")"]] == [$knob.VERSION, $knob.REVISION]'
	[[ $(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$LAYOUT/index.json") == localhost/pause:* ]]
	[ "$(stat -c %s "$ARCHIVE")" -le 122880 ]
	(cd "$TOP/bin" && sha256sum --check --quiet SHA256SUMS)
}

@test "two clones, elsewhere, with another owner, umask, time zone and locale: the same bytes" {
	for clone in "a b" c; do
		git clone --quiet "$TOP" "$BATS_TEST_TMPDIR/$clone"
		mkdir "$BATS_TEST_TMPDIR/$clone/build"
		ln -s "$TOP/build/musl" "$BATS_TEST_TMPDIR/$clone/build/" # fetched once is enough
	done
	cd "$BATS_TEST_TMPDIR" || return
	archive() { make ARCHS="amd64 armv5 ppc64le" VERSION=v1 archive "$@"; } # three, for the time it takes
	(umask 077; TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR=$PWD archive -C "a b") >log 2>&1 3>&- &
	archive -C c
	wait $! || { cat log; return 1; }
	chown 1000:1000 c/bin/pause-linux-*
	rm c/bin/*.tar
	archive -C c
	diff "a b/bin/SHA256SUMS" c/bin/SHA256SUMS
	archive -C c SOURCE_DATE_EPOCH=0 # the control
	run ! diff "a b/bin/SHA256SUMS" c/bin/SHA256SUMS
}

@test "the bill of materials: pause, musl and clang with version and licence, and the programs' hashes" {
	bill=${ARCHIVE%.tar}.spdx.json
	jq -e '.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and (.documentNamespace | startswith("https://")) and
		([.packages[] | select(.versionInfo and .downloadLocation and .licenseDeclared) | .name] == ["pause", "musl", "clang"]) and
		([.relationships[] | .spdxElementId, .relatedSpdxElement] - [.SPDXID, (.packages, .files)[].SPDXID] == [])' "$bill"
	cd "$TOP/bin" || return
	jq -r '.files[] | "\(.checksums[] | select(.algorithm == "SHA256").checksumValue)  \(.fileName)"' "$bill" | sha256sum --check
	[ "$(jq '.files | length' "$bill")" = "$(make -s -C "$TOP" archs | wc -w)" ]
}

@test "the README's table of platforms and sizes is true, but for the length of the version" {
	for arch in $(make -s -C "$TOP" archs); do
		said=$(sed -nE "s#^\| linux/${arch/#armv/arm/v} \|.*\| ([0-9,]+) \\|#\1#p" "$TOP/README.md")
		difference=$((${said/,/} - $(stat -c %s "$TOP/bin/pause-linux-$arch")))
		[ "${difference#-}" -le 32 ]
	done
}

@test "bad input: one clear line, and nothing half-written" {
	refuses "REGISTRY is not set: make push REGISTRY=" make -C "$TOP" push
	refuses "nothing was pushed to 127.0.0.1:1" make -C "$TOP" push REGISTRY=127.0.0.1:1
	refuses "no engine is here: " make -C "$TOP" image ENGINE=
	cd "$BATS_TEST_TMPDIR" || return
	cp "$TOP/Dockerfile" .
	mkdir bin
	IMAGE=x VERSION=1 REVISION='' SOURCE='' SOURCE_DATE_EPOCH=0 refuses pause-linux-amd64 \
		"$TOP/test/image/archive.sh" bin/x.tar amd64
}
