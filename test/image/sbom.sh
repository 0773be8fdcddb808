#!/bin/bash
# sbom.sh FILE PROGRAM...: writes to FILE the SPDX 2.3 JSON of pause: the programs with their hashes, musl, which they
# hold, and clang, which compiled both. Takes VERSION, SOURCE, SOURCE_DATE_EPOCH and MUSL (its source) from the environment.
# Debian 12 has no tool that writes one.
set -eu
file=$1
shift
sums=$(for program; do
	sha1=$(sha1sum <"$program") sha256=$(sha256sum <"$program")
	echo "${program##*/} ${sha1%% *} ${sha256%% *}"
done)
# SPDX 2.3, 7.9: the SHA-1 of the files' sorted SHA-1s
code=$(cut -d' ' -f2 <<<"$sums" | sort | tr -d '\n' | sha1sum)
if [ -e "${MUSL:?}/debian/changelog" ]; then
	musl=$(dpkg-parsechangelog -l"$MUSL/debian/changelog" -SVersion) purl=deb/debian
else
	musl=$(cat "$MUSL/VERSION") purl=generic
fi
clang=$(clang-19 --version | sed -n '1s/.*version //p')

jq -n --arg sums "$sums" --arg code "${code%% *}" --arg musl "$musl" --arg purl "$purl" --arg clang "$clang" \
	--arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" --arg version "$VERSION" --arg source "${SOURCE:-NOASSERTION}" '
def package($name; $version; $license; $from): {SPDXID: "SPDXRef-\($name)", $name, versionInfo: $version,
	downloadLocation: $from, licenseConcluded: $license, licenseDeclared: $license, copyrightText: "NOASSERTION",
	filesAnalyzed: ($name == "pause")};
def related($a; $how; $b): {spdxElementId: "SPDXRef-\($a)", relationshipType: $how, relatedSpdxElement: "SPDXRef-\($b)"};
[$sums | split("\n")[] | split(" ") | {SPDXID: "SPDXRef-\(.[0])", fileName: "./\(.[0])", fileTypes: ["BINARY"],
	checksums: [{algorithm: "SHA1", checksumValue: .[1]}, {algorithm: "SHA256", checksumValue: .[2]}],
	licenseConcluded: "Apache-2.0 AND MIT", licenseInfoInFiles: ["NOASSERTION"], copyrightText: "NOASSERTION"}] as $files |
{spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "pause-\($version)",
	documentNamespace: "https://spdx.org/spdxdocs/pause-\($version)-\($code)",
	creationInfo: {$created, creators: ["Tool: pause-sbom.sh"]},
	packages: [package("pause"; $version; "Apache-2.0 AND MIT"; $source)
		+ {packageVerificationCode: {packageVerificationCodeValue: $code}, primaryPackagePurpose: "CONTAINER"},
		package("musl"; $musl; "MIT"; "NOASSERTION")
		+ {externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
			referenceLocator: "pkg:\($purl)/musl@\($musl | @uri)"}]},
		package("clang"; $clang; "Apache-2.0 WITH LLVM-exception"; "NOASSERTION")],
	$files,
	relationships: [related("DOCUMENT"; "DESCRIBES"; "pause"), related("clang"; "BUILD_TOOL_OF"; "pause"),
		related("pause"; "STATIC_LINK"; "musl"), ($files[] | related("pause"; "CONTAINS"; .SPDXID[8:]))]}' >"$file.tmp"
mv "$file.tmp" "$file"
