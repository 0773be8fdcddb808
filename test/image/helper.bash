# Reads the archive that `make archive` writes.
load ../helper

# make_archive VARIABLE=VALUE...: makes the archive with these, and unpacks it. Sets ARCHIVE, and
# LAYOUT, the directory with what is in it.
make_archive() {
	make -s -C "$TOP" archive "$@"
	ARCHIVE=$TOP/$(make -s -C "$TOP" print-ARCHIVE "$@").tar
	LAYOUT=$BATS_FILE_TMPDIR/layout
	rm -rf "$LAYOUT"
	mkdir "$LAYOUT"
	tar -xf "$ARCHIVE" -C "$LAYOUT"
	export ARCHIVE LAYOUT
}

# blob: prints the blob whose descriptor is on stdin.
blob() { cat "$LAYOUT/blobs/$(jq -r '.digest | sub(":"; "/")')"; }

# blobs: prints the documents whose descriptors are on stdin, one a line.
blobs() { jq -c . | while read -r descriptor; do blob <<<"$descriptor" | jq -c .; done; }

# These print the image index, its manifests, and their configs.
index() { jq '.manifests[]' "$LAYOUT/index.json" | blobs; }
manifests() { index | jq '.manifests[]' | blobs; }
configs() { manifests | jq .config | blobs; }

# assert_json FILTER: jq's FILTER is true of each document on stdin, and there is one at least.
assert_json() {
	local documents
	documents=$(cat)
	assert [ -n "$documents" ]
	run -0 jq -c "select($1 | not)" <<<"$documents"
	assert_output "" # a document of which it is not true
}
