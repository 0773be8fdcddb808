#!/usr/bin/env bats
# A Debian package, built as .github/PACKAGING.md says: from the tar file that git archive makes, by
# a user without a passwd entry, without a network.
# shellcheck disable=SC2154 # eval sets flags
load ../helper

# block LANGUAGE: prints the block of PACKAGING.md in that language.
block() { sed -n '/^```'"$1"'$/,/^```$/ { //!p }' "$TOP/.github/PACKAGING.md" | grep .; }

# as_builder COMMAND...: runs COMMAND as that user, without a network.
as_builder() {
	local run=(unshare --net setpriv --reuid=12345 --regid=12345 --clear-groups)
	[ $EUID = 0 ] || run=(unshare --net --map-user=12345 --map-group=12345)
	"${run[@]}" env -i PATH=/usr/bin:/bin HOME="$HOME" TZ="$TZ" "$@"
}

# prepare DIR: makes the source package in DIR, with the debian/ of the test, and goes there.
prepare() {
	mkdir -p "$1"
	cp "$HOME/orig.tar.gz" "$1/pause_1.0.0~rc1.orig.tar.gz"
	tar -xzf "$HOME/orig.tar.gz" -C "$1"
	cd "$1"/pause-* || return
	cp -R "$TOP/test/package/debian" .
	block make >debian/rules
	block text >debian/pause.lintian-overrides
	chmod +x debian/rules
	[ $EUID != 0 ] || chown -R 12345:12345 "$1"
}

# build LINES [VARIABLE=VALUE]: runs these lines of PACKAGING.md in the source package.
build() {
	as_builder env "${@:2}" sh -e -c "$(block sh | sed -n "$1p")" >"$HOME/log" 2>&1 || {
		cat "$HOME/log"
		return 1
	}
}

# setup_file: builds the package, and leaves it in HOME/here.
setup_file() {
	export HOME=$BATS_FILE_TMPDIR TZ=UTC
	chmod o+x "$BATS_RUN_TMPDIR" # mktemp made it for root alone
	# What git knows, with the changes that are in no commit.
	commit=$(git -C "$TOP" -c user.name=x -c user.email=x stash create)
	git -C "$TOP" archive --prefix=pause-1.0.0/ -o "$HOME/orig.tar.gz" "${commit:-HEAD}"
	prepare "$HOME/here"
	build 1
}

# setup: the program that is built is in HERE, and the one that is packaged in ROOT.
setup() {
	HERE=$HOME/here/pause-1.0.0
	ROOT=$HERE/debian/pause
	PROGRAM=$(print_variable PROGRAM)
}

@test "lintian finds nothing but what is overridden" {
	run -0 as_builder lintian --fail-on error,warning "$HOME"/here/*.changes
	assert_output ""
	run as_builder lintian --show-overrides "$HOME"/here/*.changes
	run grep -v '^N:' <<<"$output"
	assert_output "O: $(block text | grep -v '^#')"
}

@test "the package holds the program, the man page, the changes and the licence" {
	run -0 dpkg-deb --contents "$HOME"/here/pause_*.deb
	for file in bin/pause share/man/man1/pause.1.gz share/doc/pause/changelog.gz \
		share/doc/pause/copyright; do
		assert_line --regexp " \./usr/$file$"
	done
	run -0 man --warnings -l "$ROOT/usr/share/man/man1/pause.1.gz"
	assert_line --partial "hold the namespaces"
}

@test "the program is the one that make gives with the same flags" {
	prepare "$HOME/make"
	eval "flags=($(dpkg-buildflags --export=cmdline))"
	as_builder make STRIP= VERSION=1.0.0~rc1-2 "${flags[@]}" \
		MUSL="/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH | sed s/gnu/musl/)"
	cmp "$PROGRAM" "$HERE/$PROGRAM"
}

@test "what dh_strip leaves of it runs, and is as static; the symbols are in pause-dbgsym" {
	run -0 "$ROOT/usr/bin/pause" -v
	assert_output "pause.c 1.0.0~rc1-2"
	PAUSE=$ROOT/usr/bin/pause run -0 bats --filter "is static" "$TOP/test/package/program.bats"
	assert_line --partial "ok 1 the program is static"
	run -0 readelf --sections "$HERE/$PROGRAM"
	assert_output --partial .debug_info
	run -0 readelf --sections "$ROOT/usr/bin/pause"
	refute_output --regexp 'debug_info|symtab'
	run -0 dpkg-deb --contents "$HOME"/here/pause-dbgsym_*.deb
	assert_output --partial .debug
}

@test "a second build, in another path, umask and time zone, is identical" {
	TZ=Pacific/Kiritimati
	prepare "$HOME/another/and/longer/path"
	umask 077
	build 1 DEB_BUILD_OPTIONS="nocheck parallel=1"
	for package in "$HOME"/here/*.deb; do cmp "$package" "../${package##*/}"; done
}

@test "built for arm64 from the pinned tar file, it runs in qemu-user" {
	cp "$TOP/$(print_variable MUSL_FILE)" "$HOME"
	prepare "$HOME/arm64"
	build 2,3
	dpkg-deb --extract ../pause_*_arm64.deb root
	run -0 qemu-aarch64 root/usr/bin/pause -v
	assert_output "pause.c 1.0.0~rc1-2"
	PAUSE=$PWD/root/usr/bin/pause run -0 bats --filter "is static" "$TOP/test/package/program.bats"
	assert_line --partial "ok 1 the program is static"
}

@test "PACKAGING.md has the names of the table of platforms" {
	for arch in $(print_variable ARCHS); do
		echo "| $arch | $(print_variable "packaged-$arch" | sed 's/ / | /g') |"
	done | diff - <(sed -n '/^|---/,/^$/ { /^| /p }' "$TOP/.github/PACKAGING.md")
}
