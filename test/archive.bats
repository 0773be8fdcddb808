#!/usr/bin/env bats
# The archive: what is in it, who can read it, and that it is the same everywhere.
load helper

setup_file() { make_archive; }

@test "index.json, the index and the manifests name their media types" {
	oci=application/vnd.oci.image
	assert_json ".mediaType == \"$oci.index.v1+json\"" <"$LAYOUT/index.json"
	index | assert_json ".mediaType == \"$oci.index.v1+json\""
	index | jq '.manifests[]' | assert_json ".mediaType == \"$oci.manifest.v1+json\""
	manifests | assert_json ".mediaType == \"$oci.manifest.v1+json\""
	manifests | assert_json ".config.mediaType == \"$oci.config.v1+json\""
	manifests | assert_json ".layers[].mediaType == \"$oci.layer.v1.tar+gzip\""
}

@test "the index has every platform of the Makefile, in its order, and the configs agree" {
	run -0 jq -r '[.manifests[].platform | .architecture + .variant] | join(" ")' <<<"$(index)"
	assert_output "$(print_variable ARCHS)"
	assert_equal "$(configs | jq -c '[.os, .architecture, .variant]')" \
		"$(index | jq -c '.manifests[].platform | [.os, .architecture, .variant]')"
}

@test "the config: uid 65535, the entrypoint, labels, and nothing else" {
	configs | assert_json '.config | del(.Labels) == {User: "65535:65535", Entrypoint: ["/pause"]}'
	configs | assert_json "
		.created == ($(print_variable SOURCE_DATE_EPOCH) | todate) and .rootfs.type == \"layers\""
}

@test "the config has one history entry for its layer, with nothing of this machine" {
	configs | assert_json '(.rootfs.diff_ids | length) == 1 and
		.history == [{created: .created, created_by: "COPY pause /pause"}]'
}

# labels: prints the labels of the configs and the annotations of the index, one set a line.
labels() {
	configs | jq -c .config.Labels
	index | jq -c .annotations
}

@test "labels and annotations tell title, version, revision and licence" {
	for pair in title:pause version:"$(print_variable VERSION)" licenses:"Apache-2.0 AND MIT" \
		revision:"$(print_variable REVISION)"; do
		labels | assert_json ".[\"org.opencontainers.image.${pair%%:*}\"] == \"${pair#*:}\""
	done
}

@test "no label is empty, none names a base image, and source is there only if it is set" {
	labels | assert_json 'all(.[]; . != "") and (keys | all(startswith("org.opencontainers.image.")
		and (contains("base") or contains("source") | not)))'
	make_archive SOURCE=https://example.org/pause
	labels | assert_json '.["org.opencontainers.image.source"] == "https://example.org/pause"'
	make_archive
}

@test "a node pulls what the README's first table says, but for the length of the version" {
	run -0 grep -oP '^\| what a node pulls \| \K[0-9,]+' "$TOP/README.md"
	pulled=$(jq '.manifests[]' "$LAYOUT/index.json" | cat - <(index | jq '.manifests[0]') \
		<(manifests | head -n 1 | jq '.config, .layers[]') | jq -s 'map(.size) | add')
	difference=$((${output/,/} - pulled))
	assert [ "${difference#-}" -le 64 ]
}

@test "the layer holds one file, /pause, mode 0755, of root, as old as the commit" {
	read -ra archs < <(print_variable ARCHS)
	while read -r descriptor; do
		blob <<<"$descriptor" >"$BATS_TEST_TMPDIR/layer"
		TZ=UTC run -0 tar --full-time --numeric-owner -tvzf "$BATS_TEST_TMPDIR/layer"
		program=$TOP/bin/pause-linux-${archs[0]}
		archs=("${archs[@]:1}")
		time=$(TZ=UTC date -d "@$(print_variable SOURCE_DATE_EPOCH)" "+%F %T")
		assert_output --regexp "^-rwxr-xr-x 0/0 +$(stat -c %s "$program") $time pause$"
		tar -xOzf "$BATS_TEST_TMPDIR/layer" pause | cmp - "$program"
	done < <(manifests | jq -c '.layers[]')
	assert_equal "${#archs[@]}" 0
}

@test "docker's manifest.json has one entry a platform, out of the same blobs" {
	run -0 jq -r '.[].RepoTags[]' "$LAYOUT/manifest.json"
	name=$(print_variable IMAGE):$(print_variable VERSION)
	read -ra archs < <(print_variable ARCHS)
	assert_output "$(printf "$name-%s\n" "${archs[@]}")"
	assert_equal "$(jq -r '.[].Config' "$LAYOUT/manifest.json")" \
		"$(manifests | jq -r '.config.digest | "blobs/" + sub(":"; "/")')"
	assert_equal "$(jq -r '.[].Layers[]' "$LAYOUT/manifest.json")" \
		"$(manifests | jq -r '.layers[].digest | "blobs/" + sub(":"; "/")')"
}

@test "every blob is named by its SHA-256 and used; SHA256SUMS is true; at most 80 KB" {
	cd "$LAYOUT/blobs/sha256" || return
	for file in *; do assert_equal "$(sha256sum <"$file")" "$file  -"; done
	run -0 find . -type f
	assert_equal ${#lines[@]} $((3 * $(print_variable ARCHS | wc -w) + 1))
	cd "$TOP/bin" && run -0 sha256sum --check --quiet SHA256SUMS
	assert [ "$(stat -c %s "$ARCHIVE")" -le 81920 ]
}

# The rules of SPDX 2.3 for the fields that ours has, one a line: its clauses 6 to 11.
# shellcheck disable=SC2016 # jq's variables
spdx_rules='
	[.packages[], .files[]] as $elements
	| [$elements[] | .SPDXID] as $ids
	| .spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT",
	(.documentNamespace | test("^https://[^#]+$")),
	(.creationInfo.created | test("^[0-9-]{10}T[0-9:]{8}Z$")),
	(.creationInfo.creators | length > 0 and all(.[]; test("^(Organization|Person|Tool): "))),
	($ids | all(.[]; test("^SPDXRef-[A-Za-z0-9.-]+$")) and length == (unique | length)),
	(.packages | all(.[]; .name and .versionInfo and .downloadLocation and
		(.supplier | test("^(Organization|Person): ")) and
		.externalRefs[0].referenceLocator[:4] == "pkg:")),
	(.packages | all(.[]; if .filesAnalyzed then .packageVerificationCode
		else (has("packageVerificationCode") or has("licenseInfoFromFiles")) | not end)),
	(.files | all(.[]; .fileName[:2] == "./" and .licenseConcluded and .copyrightText
		and any(.checksums[]; .algorithm == "SHA1" and (.checksumValue | test("^[0-9a-f]{40}$"))))),
	any(.relationships[]; .spdxElementId == "SPDXRef-DOCUMENT" and .relationshipType == "DESCRIBES"),
	([.relationships[] | .spdxElementId, .relatedSpdxElement] - $ids == ["SPDXRef-DOCUMENT"]),
	([.relationships[] | select(.relationshipType == "CONTAINS") | .spdxElementId]
		- [.packages[] | select(.filesAnalyzed) | .SPDXID] == [])'

@test "the SBOM keeps the rules of SPDX, and has the checksums of all programs" {
	sbom=${ARCHIVE%.tar}.spdx.json
	assert_json "$spdx_rules" <"$sbom"
	code=$(jq -r '.files[].checksums[0].checksumValue' "$sbom" | sort | tr -d '\n' | sha1sum)
	run -0 jq -r '.packages[0].packageVerificationCode.packageVerificationCodeValue' "$sbom"
	assert_output "${code%% *}"
	run -0 jq -r '.files[] | .checksums[1].checksumValue + "  " + .fileName[2:]' "$sbom"
	assert_equal "$(sort <<<"$output")" "$(grep pause-linux- "$TOP/bin/SHA256SUMS" | sort)"

	for break in '.packages[0].filesAnalyzed = false' '.files[0].SPDXID = .files[1].SPDXID' \
		'.relationships += [.relationships[0] + {relatedSpdxElement: "SPDXRef-none"}]'; do
		run ! assert_json "$spdx_rules" <<<"$(jq "$break" "$sbom")"
	done
}

@test "the VEX names the image by its digests, and musl as the SBOM does" {
	vex=${ARCHIVE%.tar}.openvex.json
	musl=$(jq '.packages[1].externalRefs[0].referenceLocator' "${ARCHIVE%.tar}.spdx.json")
	assert_json '."@context" and ."@id" and .author and .timestamp and .version == 1' <"$vex"
	jq '.statements[]' "$vex" | assert_json ".status == \"not_affected\" and
		.justification == \"vulnerable_code_not_present\" and (.vulnerability.name | test(\"^CVE-\"))
		and all(.products[]; .subcomponents == [{\"@id\": $musl}])"
	run -0 jq -r '.statements[0].products[]."@id"' "$vex"
	for digest in "$(jq -r '.manifests[].digest' "$LAYOUT/index.json")" \
		$(index | jq -r '.manifests[].digest'); do
		assert_line "pkg:oci/pause@${digest/:/%3A}"
	done
}

# vex ARGUMENT...: writes the VEX for amd64 in this directory, a copy of the tree.
vex() { make -s VERSION=v1 ARCHS=amd64 archive "$@"; }

@test "no VEX is written for a musl with what the scanners match, or with another musl" {
	cd "$BATS_TEST_TMPDIR"
	copy_tree amd64
	run -0 vex
	for part in iconv qsort; do
		assert_refused "is in $part, which libc.a has" \
			vex MUSL_PARTS="$(print_variable MUSL_PARTS) $part"
		assert_not_exists bin/pause-v1.openvex.json
	done
	assert_refused "does not know musl 1.2.9" \
		vex MUSL_VERSION=1.2.9 MUSL="$TOP/$(print_variable MUSL_FILE)"
	run -0 vex MUSL="$TOP/build/musl"
	assert_output --partial "no VEX is written"
	assert_not_exists bin/pause-v1.openvex.json
}

@test "skopeo reads every platform" {
	platforms=$(print_variable ARCHS)
	for platform in $platforms; do
		arch=${platform%v[0-9]} variant=${platform#"${platform%v[0-9]}"}
		run -0 skopeo --override-arch "$arch" ${variant:+--override-variant "$variant"} \
			inspect --config "oci-archive:$ARCHIVE"
		assert_equal "$(jq -r '.architecture + .variant' <<<"$output")" "$platform"
	done
}

@test "skopeo makes of it what an older docker loads" {
	run -0 skopeo copy --quiet "oci-archive:$ARCHIVE" "docker-archive:$BATS_TEST_TMPDIR/tar:x/y:z"
	name=$(print_variable IMAGE):$(print_variable VERSION)
	run -0 skopeo inspect "docker-archive:$ARCHIVE:$name-s390x"
	assert_output --partial '"Architecture": "s390x"'
}

@test "umoci unpacks it" {
	# umoci takes one image, not an index.
	run -0 skopeo copy --quiet "oci-archive:$ARCHIVE" "oci:$BATS_TEST_TMPDIR/image:tag"
	run -0 umoci unpack --rootless --image "$BATS_TEST_TMPDIR/image:tag" "$BATS_TEST_TMPDIR/bundle"
	run find "$BATS_TEST_TMPDIR/bundle/rootfs" -type f -printf '%m %P'
	assert_output "755 pause"
}

@test "the same bytes elsewhere, with another umask, time zone and locale" {
	for copy in "a b" c; do
		mkdir -p "$BATS_TEST_TMPDIR/$copy/build"
		cp -R "$TOP"/{Makefile,pause.c,.make} "$BATS_TEST_TMPDIR/$copy"
		ln -s "$TOP/build/cache" "$BATS_TEST_TMPDIR/$copy/build"
	done
	cd "$BATS_TEST_TMPDIR" || return
	archive() { make -s ARCHS="amd64 s390x" VERSION=v1 SOURCE_DATE_EPOCH=1 archive "$@"; }
	(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR=$PWD archive -C "a b")
	archive -C c
	assert_equal "$(<"a b/bin/SHA256SUMS")" "$(<c/bin/SHA256SUMS)"
	archive -C c SOURCE_DATE_EPOCH=2 # negative control
	assert_not_equal "$(<"a b/bin/SHA256SUMS")" "$(<c/bin/SHA256SUMS)"
}

@test "make image gives the engine an image of this platform, and leaves bin/ as it is" {
	sums=$(<"$TOP/bin/SHA256SUMS")
	cat >"$BATS_TEST_TMPDIR/engine" <<-'T'
		#!/bin/sh
		skopeo inspect "docker-archive:$3"
	T
	chmod +x "$BATS_TEST_TMPDIR/engine"
	run -0 make -s -C "$TOP" image ENGINE="$BATS_TEST_TMPDIR/engine"
	assert_output --partial "\"Architecture\": \"$(print_variable HOST)\""
	assert_equal "$(<"$TOP/bin/SHA256SUMS")" "$sums"
}

@test "bad input: one clear line" {
	assert_refused "REGISTRY is not set: make push REGISTRY=" make -C "$TOP" push
	assert_refused "127.0.0.1:1/pause@sha256:" make -C "$TOP" push REGISTRY=127.0.0.1:1
	assert_refused "no docker and no podman is here" make -C "$TOP" image ENGINE=
}

@test "make deps verify where no cosign is packaged: one line names Debian 13 and the Go module" {
	printf '#!/bin/sh\ncase "$*" in *install*) exit 100 ;; esac\n' >"$BATS_TEST_TMPDIR/apt-get"
	printf '#!/bin/sh\nexec "$@"\n' >"$BATS_TEST_TMPDIR/sudo"
	chmod +x "$BATS_TEST_TMPDIR"/*
	PATH=$BATS_TEST_TMPDIR:$PATH assert_refused "cosign is a package from Debian 13 on; before: \
go install github.com/sigstore/cosign/v3/cmd/cosign@v3." \
		make -s -C "$TOP" deps verify packages-verify="no-such-command:cosign"
}
