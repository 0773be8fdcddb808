#!/bin/sh
# cc.sh before CC PLATFORM [ITS_PLATFORM]: CC is for musl, and for PLATFORM.
# cc.sh after CC FILE: CC made FILE a program that needs no loader.
# CC comes from make's command line. It fails with one line that says what to do.
die() {
	echo "CC=$cc $*: leave CC out, and make ARCH=PLATFORM builds for any platform" >&2
	exit 1
}
cc=$2
case $1 in
before)
	! printf '#include <features.h>\n#ifdef __GLIBC__\nglibc\n#endif\n' |
		$cc -E -P - 2>/dev/null | grep -qx glibc || die "would link glibc, not musl"
	[ "$3" = "${4:-$3}" ] || die "builds for $4, not for $3"
	;;
after)
	if ! headers=$(readelf --program-headers --dynamic "$3") ||
		echo "$headers" | grep -qE 'INTERP|NEEDED'; then
		rm -f "$3"
		die "does not link statically"
	fi
	;;
esac
