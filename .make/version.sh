#!/bin/sh
# version.sh: prints the hash, the time and the name of the commit. The name is the tag vX.Y.Z, or
# says how far the commit is from one. It comes from this directory's own git, or from what git
# archive wrote into .version, or there is none. If git fails: three question marks and its reason.
tags='v[0-9]*.[0-9]*.[0-9]*'
if [ ! -e .git ]; then
	# A git before 2.35 leaves %(describe) as it stands, and where no tag fits it is empty.
	[ ! -e .version ] || sed -n '/Format/!{
		s/ *%(.*//
		s/^\(.\{12\}\)\([^ ]* [0-9]*\) *$/\1\2 \1/
		p
	}' .version
elif commit=$(git log -1 --no-show-signature --format='%H %ct' 2>&1) &&
	name=$(git describe --tags --always --dirty --abbrev=12 --match "$tags" 2>&1); then
	echo "$commit" "$name" | tr '/+' '--'
else
	echo "? ? ?" "$commit" "$name"
fi
