#!/bin/sh
# musl.sh fetch FILE URL SHA256 [URL]: downloads musl's tar file to FILE, from the second URL first.
# musl.sh unpack MUSL DIR SHA256: unpacks that tar file into DIR, or links DIR to the tree MUSL.
# A file is taken only with that SHA-256.

# assert_sum FILE NAME SHA256
assert_sum() {
	sum=$(sha256sum <"$1" | cut -c -64)
	[ -n "$sum" ] || exit # the shell has said why
	[ "$sum" = "$3" ] || {
		echo "$2 is not the pinned tar file of musl: its SHA-256 is $sum, not $3;" \
			"another version is taken as a tree: unpack it, and run make MUSL=DIRECTORY" >&2
		return 1
	}
}

# download URL FILE: what apt can fetch needs no other program.
download() {
	if command -v apt-get >/dev/null; then
		/usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root download-file "$1" "$2"
	else
		curl -fsLo "$2" "$1"
	fi 2>/dev/null
}

fetch() {
	command -v apt-get >/dev/null || command -v curl >/dev/null || {
		echo "curl is missing: install it, or download $2 elsewhere, and run make MUSL=FILE" >&2
		return 1
	}
	mkdir -p "${1%/*}"
	new=$1.new
	trap 'rm -f "$new"' EXIT
	{ [ -n "$4" ] && download "$4" "$new"; } || download "$2" "$new" || {
		echo "no mirror of Debian and no $2 can be reached:" \
			"download that file elsewhere, and run make MUSL=FILE" >&2
		return 1
	}
	assert_sum "$new" "what $2 gives" "$3" && mv "$new" "$1"
}

unpack() {
	if [ -e "$1/configure" ]; then
		ln -s "$(realpath "$1")" "$2"
	elif [ -d "$1" ]; then
		echo "MUSL=$1 has no configure and no libc.a: it is no tree and no installed musl" >&2
		return 1
	else
		assert_sum "$1" "$1" "$3" && mkdir "$2" && tar -xzf "$1" --strip-components=1 -C "$2"
	fi
}
"$@"
