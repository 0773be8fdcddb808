#!/usr/bin/env bats
# What the Makefile promises to those who build, package and install the program.
# shellcheck disable=SC2016,SC2030,SC2031 # fakes have variables of their own; a test is a subshell
# shellcheck disable=SC2086,SC2119,SC2120 # words are meant, and so is no argument
load helper

# setup: a tree of its own to build in, with the libc that is built already.
setup() {
	unset MAKEFLAGS MAKELEVEL
	export GIT_CONFIG_GLOBAL=/dev/null # not the user's hooks, signatures and safe directories
	HOST=$(print_variable HOST)
	PROGRAM=bin/pause-linux-$HOST
	cd "$BATS_TEST_TMPDIR" || return
	copy_tree "$HOST" amd64
}

# assert_make_refused TEXT ARGUMENT...: make fails with TEXT and leaves nothing in bin.
assert_make_refused() {
	assert_refused "$1" make "${@:2}"
	assert_not_exists "$PROGRAM"
}

# hide COMMAND...: sets PATH to a directory with every command of this machine but these.
hide() {
	mkdir tools
	ln -sf /usr/local/{sbin,bin}/* /usr/{sbin,bin}/* tools
	(cd tools && rm -f "$@")
	# shellcheck disable=SC2123 # it is meant to be the search path
	PATH=$PWD/tools
}

# archive ARGUMENT...: makes an archive of one platform.
archive() { make -s archive ARCHS="$HOST" VERSION=v1 REVISION= SOURCE_DATE_EPOCH=1 "$@"; }

@test "what the program needs comes after the user's flags, as a package build exports them" {
	export CFLAGS="-g -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=3" \
		CPPFLAGS=-DUNUSED LDFLAGS="-Wl,-z,relro -Wl,-z,now"
	run -0 make VERSION=v1
	assert_output --partial -DUNUSED
	assert_static "$PROGRAM"
	run readelf --wide --program-headers "$PROGRAM"
	refute_output --partial RELRO
	assert_equal "$(grep -c LOAD <<<"$output")" 2
	run -0 "$PROGRAM" -v
	assert_output "pause.c v1"
}

@test "make builds anew when a variable changes, and only then" {
	run -0 make VERSION=v1
	run -0 make VERSION=v1
	refute_output --partial clang
	for change in VERSION=v2 CFLAGS=-O2 LDFLAGS=-Wl,-z,now; do
		run -0 make VERSION=v1 "$change"
		assert_output --partial clang
	done
}

@test "MUSL names a source tree, or another copy of the tar file" {
	cp -R build/musl tree
	run -0 make MUSL=tree
	assert_output --partial "musl for $HOST"
	run -0 make MUSL=tree
	refute_output --partial musl
	cp "$(print_variable MUSL_FILE)" copy.tar.gz
	run -0 make MUSL=copy.tar.gz
	assert_output --partial "musl for $HOST"
}

@test "MUSL names an installed musl" {
	[ "$HOST" = amd64 ] || HOST=$HOST-other-name # musl-tools is here for the machine's own
	directory=$(dirname "$(find /usr/lib/*-linux-musl -name libc.a | head -n 1)")
	run -0 make VERSION=v1 MUSL="$directory"
	refute_output --partial "musl for"
	assert_static "$PROGRAM"
	run -0 "$PROGRAM" -v
	assert_output "pause.c v1"
	mkdir -p prefix/lib64
	ln -s "$directory"/* prefix/lib64
	ln -s "${directory/lib/include}" prefix/include
	run -0 make VERSION=v1 MUSL="$PWD/prefix/lib64" V=1
	assert_output --partial "-isystem $PWD/prefix/lib64/../include "
}

@test "a musl that is not the pinned one, nor a tree: one line, and the user's file stays" {
	rm -r build/*
	echo something >other.tar.gz
	mkdir empty
	assert_make_refused "other.tar.gz is not the pinned tar file of musl" MUSL=other.tar.gz
	assert_output --partial "unpack it, and run make MUSL=DIRECTORY"
	assert_exists other.tar.gz
	assert_make_refused "MUSL=empty has no configure and no libc.a" MUSL=empty
	assert_make_refused "No rule to make target 'none'" MUSL=none
	assert_make_refused "MUSL=a b has a blank" MUSL="a b"
}

@test "a download with another hash is refused and not kept" {
	rm -r build/*
	hide apt-get
	fake curl 'echo something >"$2"'
	assert_make_refused "is not the pinned tar file of musl"
	run ls build/cache
	assert_output ""
}

@test "without a network, one line says what to download" {
	rm -r build/*
	hide apt-get curl
	run ! make
	assert_line --index 0 --partial "curl is missing: "
	fake curl 'exit 6'
	run ! make
	assert_line --index 0 --regexp "^no mirror of Debian and no https://musl.* can be reached: "
}

@test "CC on the command line is a compiler of musl's, for the platform that it builds for" {
	run -0 make VERSION=v1 CC=musl-gcc
	assert_static "$PROGRAM"
	run -0 "$PROGRAM" -v
	assert_output "pause.c v1"
	rm "$PROGRAM"
	other=$([ "$HOST" = arm64 ] && echo amd64 || echo arm64)
	assert_make_refused "CC=musl-gcc builds for $HOST, not for $other" CC=musl-gcc ARCH="$other"
	assert_make_refused "CC=gcc would link glibc, not musl" CC=gcc
	fake aarch64-linux-gnu-gcc '[ $1 = -dumpmachine ] && echo aarch64-linux-gnu || echo glibc'
	assert_make_refused "make ARCH=PLATFORM builds" CC=aarch64-linux-gnu-gcc
}

@test "no CC counts but one on the command line, and one line says so" {
	run -0 make VERSION=v1
	sum=$(sha256sum "$PROGRAM")
	rm "$PROGRAM"
	run -0 make VERSION=v1 CC=
	assert_equal "$(sha256sum "$PROGRAM")" "$sum"
	rm "$PROGRAM"
	CC=gcc run -0 make VERSION=v1
	assert_equal "$(sha256sum "$PROGRAM")" "$sum"
	assert_line "CC=gcc in the environment has no effect; make CC=... has"
}

@test "a program with an absolute relocation is refused" {
	sed -i 's/= sigdown;/= handler;/; s/^int main/void (*volatile handler)(int) = sigdown;\n&/' pause.c
	assert_make_refused "a relocation is left" ARCH=amd64
}

@test "with a version of 30 characters amd64 has 4,096 bytes at most, and its data one page" {
	run -0 make ARCH=amd64 VERSION=v12345678901234567890123456789
	assert [ "$(stat -c %s bin/pause-linux-amd64)" -le 4096 ]
	read -r address size < <(readelf --wide --program-headers bin/pause-linux-amd64 |
		awk '$1 == "LOAD" && $7 == "RW" { print $3, $6 }')
	assert [ -n "$size" ]
	assert_equal $((address / 4096)) $(((address + size - 1) / 4096))
}

@test "a CC that does not link statically is refused" {
	fake dynamic-cc 'for word; do
			shift
			case $word in -static | -Wl,*) ;; *) set -- "$@" "$word" ;; esac
		done
		exec musl-gcc -no-pie "$@"'
	assert_make_refused "CC=dynamic-cc does not link statically" CC=dynamic-cc
}

@test "cc pause.c alone gives a program of the version HEAD" {
	cc pause.c
	run -0 ./a.out -v
	assert_output "pause.c HEAD"
}

@test "LLVM names the compiler, and one that is too old is refused" {
	fake clang 'echo 18'
	fake ld.lld 'exit 1'
	assert_make_refused "clang is too old: LLVM 19" LLVM=1
	fake clang-99 'exit 1'
	fake ld.lld-99 'exit 1'
	run -0 make -s print-LLVM
	assert_output -- -22 # whose bytes are those of a release
}

@test "a missing compiler: one line names it, its package and make deps" {
	hide 'clang*' 'ld.lld*'
	rm tools/clang* tools/ld.lld*
	rm -r "build/$HOST"
	assert_make_refused "clang-22 is missing; it is in the package clang-22, which 'make deps"
}

@test "make -j8 deps GOAL installs what is missing before it builds GOAL" {
	fake sudo 'exec "$@"'
	fake apt-get 'case "$*" in *install*) ln -s /bin/true "${0%/*}/jq-of-the-test" ;; esac'
	printf '%s\n' 'packages-late := jq-of-the-test:jq' 'late: early; jq-of-the-test && touch late' \
		'early:; jq-of-the-test' >>Makefile
	run -0 make -j8 deps late
	assert_exists late
}

@test "make deps without apt-get names the packages" {
	hide apt-get strace
	run ! make -s -C "$TOP" deps check
	assert_output --partial "install by hand: strace"
}

@test "install takes what was built, whatever the variables are, into DESTDIR and PREFIX" {
	assert_make_refused "is not built: run make first" install DESTDIR=here
	run -0 make VERSION=1.0.0-1
	run -0 make install DESTDIR="$PWD/a b" PREFIX=/usr
	run -0 "a b/usr/bin/pause" -v
	assert_output "pause.c 1.0.0-1"
	run find "a b" -type f -printf '%m %p\n'
	assert_line "755 a b/usr/bin/pause"
	assert_line "644 a b/usr/share/man/man1/pause.1"
	run -0 make uninstall DESTDIR="$PWD/a b" PREFIX=/usr
	run find "a b" -type f
	assert_output ""
}

@test "STRIP= keeps the symbols; V=1 shows the commands of musl, too" {
	run -0 make VERSION=v1
	run -0 readelf --symbols "$PROGRAM"
	refute_output --partial sigreap
	rm build/"$HOST"/musl.vars
	run -0 make VERSION=v1 STRIP= V=1
	assert_output --partial "src/unistd/getpid.c"
	run -0 readelf --wide --symbols "$PROGRAM"
	assert_output --partial sigreap
}

@test "a bad value of a variable ends in one line before anything is written" {
	while read -r goal message value; do
		run ! make -s $goal "$value"
		assert_output --partial "${message//_/ }"
		assert_equal ${#lines[@]} 1
		assert_not_exists bin
	done <<-'T'
		default ARCH=pdp11_is_none_of:_amd64_ ARCH=pdp11
		default VERSION=a_b_has_a_blank VERSION=a b
		default is_no_version VERSION=$$(id)
		default is_no_version VERSION="
		default VERSION='_has_a_quote VERSION='
		default is_no_version VERSION=
		archive is_no_image_tag VERSION=1.0.0~rc1-1
		archive is_no_image_name IMAGE=ghcr.io/MyOrg/pause
		archive is_no_image_name IMAGE=localhost/pause:v1
		archive is_no_image_name IMAGE=
		archive SOURCE=it's_has_a_quote SOURCE=it's
		archive is_no_URI SOURCE=https://a"b
		archive is_no_URI BUILDER=me
		archive is_no_number_of_seconds SOURCE_DATE_EPOCH=abc
		archive is_no_hash_of_a_commit REVISION=main
		push is_no_host REGISTRY=Example.org/x
		push is_no_true_or_false TLS_VERIFY=no
		install has_a_quote DESTDIR=/a'b
	T
	run ! make -s archive VERSION="$(printf '%0120d' 0)"
	assert_output --partial "at most 119 letters"
	run -0 archive IMAGE=localhost:5000/x/pause
	assert_refused "GNU make 4.1 is too old: 4.2 or newer is needed" make MAKE_VERSION=4.1
	run -0 make print-ARCH MAKE_VERSION=4.10
}

@test "a package's version builds, and cleans" {
	run -0 make VERSION=1.0.0~rc1+dfsg-1
	run -0 "$PROGRAM" -v
	assert_output "pause.c 1.0.0~rc1+dfsg-1"
	run -0 make distclean VERSION=1.0.0~rc1+dfsg-1
}

@test "nothing in the user's environment changes the bytes of the archive" {
	archive
	sums=$(<bin/SHA256SUMS)
	rm -r bin
	mkdir -p x/bin include
	echo '#error' >include/errno.h
	hostile=(CDPATH="$PWD/x" GIT_DIR="$PWD/none" TAR_OPTIONS=--totals GZIP=-1 CPATH="$PWD/include"
		CCC_OVERRIDE_OPTIONS='+-O0' GREP_OPTIONS=-v POSIXLY_CORRECT=1 LC_ALL=C TZ=Asia/Tokyo
		BASH_ENV="$PWD/x/bashrc" ENV="$PWD/x/bashrc" LANGUAGE=de HOME="$PWD/x" V=)
	echo 'exit 3' >x/bashrc
	echo 'def env: {};' >x/.jq
	(umask 077 && export "${hostile[@]}" && archive)
	assert_equal "$(<bin/SHA256SUMS)" "$sums"
	run ls x/bin
	assert_output ""
	# Negative control: a shell of make's that hands the environment on.
	rm -r bin
	CCC_OVERRIDE_OPTIONS=+-O0 run -0 archive SHELL=/bin/sh
	assert_not_equal "$(<bin/SHA256SUMS)" "$sums"
}

@test "what counts from the environment is said in one line" {
	SOURCE=https://example.org/x run -0 archive
	assert_line "from the environment: SOURCE=https://example.org/x"
	assert_file_contains "bin/pause-v1.spdx.json" example.org
}

@test "a gzip or tar that writes other bytes is refused" {
	fake gzip "exec /bin/gzip -1"
	assert_refused "this tar or gzip writes other bytes than GNU's" archive
	assert_not_exists bin/SHA256SUMS
	fake gzip 'exec /bin/gzip "$@"'
	fake tar 'echo; exec /bin/tar "$@"'
	assert_refused "this tar or gzip writes other bytes than GNU's" archive
}

@test "deps takes LLVM 22, or else the newest that apt has from 19 on, once its lists are new" {
	hide 'clang*' 'ld.lld*' apt-get apt-cache sudo
	rm -f tools/clang* tools/ld.lld*
	ln -s /bin/true tools/sudo
	fake sudo 'exec "$@"'
	fake apt-get 'case "$*" in *update*) touch new ;; *install*) echo "$@" >>installed ;; esac'
	while read -r before after takes; do
		fake apt-cache "[ -e new ] && has=$after || has=$before
			printf 'clang-%s - compiler\n' \${has//,/ } | grep -E \"\${3%?}\" || :"
		rm -f installed new
		run make deps print-LLVM FOR=default
		case $takes in
		none) assert_output --partial "this apt has no clang from LLVM 19 on" ;;
		*)
			assert_file_contains installed "clang-$takes lld-$takes"
			assert_line -- "-$takes"
			;;
		esac
		[ "$takes" != 19 ] || assert_line --partial "LLVM 19 builds it; the bytes are those of"
	done <<-T
		19,22,23 19,22,23 22
		14,19 14,19,22 22
		0 14,18,19 19
		14,18 14,18 none
	T
}

@test "a tenth platform touches the table alone" {
	sed -n 's/^riscv64 /riscv65 /p' .make/platforms >row
	sed -i 's/riscv64$/x/; s/riscv64:riscv64:riscv64$/x:x:x/' row
	cat row >>.make/platforms
	cp -R "$TOP/test" .
	for variable in ARCHS PROGRAMS user-riscv65 packages-test-kernels; do
		run -0 make -s "print-$variable"
		assert_output --partial "riscv6${variable:+$([[ $variable == *[AP]* ]] && echo 5 || echo 4)}"
	done
	DRY_RUN=1 run -0 bash test/kernels/run.sh
	assert_line --regexp "^riscv65 riscv64 trixie"
}

@test "this machine's platform follows from uname -m" {
	archs=$(print_variable ARCHS)
	for platform in $archs; do
		machines=$(print_variable "uname-$platform")
		for machine in $machines; do
			fake uname "echo $machine"
			run -0 make -s print-HOST
			assert_output "$platform"
		done
	done
}

@test "a machine without a platform: help and ARCH= work, and make says that none fits" {
	for machine in aarch64_be ppc64 mips64; do
		fake uname "echo $machine"
		run -0 make -s help
		run -0 make -s ARCH=riscv64 print-PROGRAM
		assert_make_refused "ARCH=$machine is none of: amd64 "
	done
}

# make_repository DIR: makes DIR a git repository of this tree, with one commit and the tag v9.1.
make_repository() {
	mkdir "$1"
	cp -R Makefile pause.c "$TOP"/.{gitattributes,make,version} "$1"
	grep -q Format "$1/.version" || # in a tar file it has a commit already
		echo '$Format:%H %ct %(describe:tags=true,abbrev=12,match=v[0-9]*.[0-9]*.[0-9]*)$' >"$1/.version"
	git -C "$1" init -q
	git -C "$1" add .
	git -C "$1" -c user.name=x -c user.email=x commit -q -m x
	for tag in v9.1.0 v9 latest debian/9.1.0-1; do git -C "$1" tag "$tag"; done
}

@test "the version comes from this directory's own git, or from nowhere" {
	make_repository outer
	mkdir outer/inner
	cp -R Makefile .make outer/inner # neither its git nor its .version
	run -0 make -s -C outer/inner print-VERSION
	assert_output HEAD
	run -0 make -s -C outer print-VERSION
	assert_output v9.1.0
	GIT_DIR=$PWD/outer/.git GIT_WORK_TREE=$PWD/outer run -0 make -s -C outer/inner print-VERSION
	assert_output HEAD
}

@test "a tar file of a git that does not know %(describe) has the hash for a version" {
	hash=0123456789abcdef0123456789abcdef01234567
	for name in '%(describe:tags=true,abbrev=12)' ''; do
		echo "$hash 1700000000 $name" >.version
		run -0 make -s print-VERSION
		assert_output 0123456789ab
	done
}

@test "a tar file that git archive makes knows its version, revision and time" {
	make_repository here
	mkdir there
	git -C here archive HEAD | tar -x -C there
	run -0 make -s -C there print-VERSION
	assert_output v9.1.0
	for variable in VERSION REVISION SOURCE_DATE_EPOCH; do
		run -0 make -s -C there "print-$variable"
		assert_output --regexp .
		assert_output "$(make -s -C here "print-$variable")"
	done
}

@test "a checkout that git refuses to read: one line names the cause, and VERSION= helps" {
	fake git 'echo "fatal: detected dubious ownership" >&2; exit 128'
	mkdir .git
	assert_make_refused "VERSION=? is no version"
	assert_output --partial "git cannot read this checkout: fatal: detected dubious ownership"
	run -0 make -s help
	run -0 make VERSION=v1
	assert_refused "REVISION=? is no hash of a commit" make archive VERSION=v1
	fake git 'echo "hash 1 v9.$SUDO_UID"' # git trusts sudo's user by that
	SUDO_UID=12345 run -0 make -s print-VERSION
	assert_output v9.12345
}

@test "make help names the targets and variables" {
	run -0 make -s -C "$TOP" help
	for name in all install archive run check deps clean; do
		assert_line --regexp "^  $name +[^ ]"
	done
	for name in ARCH LLVM MUSL PREFIX; do assert_output --regexp "Variables:.* $name( |$)"; done
}

@test "clean keeps what was fetched, distclean does not" {
	run -0 make VERSION=v1
	run -0 make clean
	assert_not_exists bin
	assert_exists "$(print_variable MUSL_FILE)"
	run -0 make distclean
	assert_not_exists build
}
