# The SBOM: SPDX 2.3. VERSION, REVISION, SOURCE, SOURCE_DATE_EPOCH, MUSL_VERSION, MUSL_URL,
# MUSL_SHA256 and CLANG_VERSION come from the environment.

def pause_purl: "pkg:generic/pause@\(env.VERSION)";
def musl_purl: "pkg:generic/musl@\(env.MUSL_VERSION)"
  + if env.MUSL_URL == "" then "" else "?download_url=\(env.MUSL_URL | @uri)" end;
def musl_from: if env.MUSL_URL == "" then "NOASSERTION" else env.MUSL_URL end;

def package($name; $version; $supplier; $license; $from):
  { SPDXID: "SPDXRef-\($name)", name: $name, versionInfo: $version,
    supplier: "Organization: \($supplier)", downloadLocation: $from, filesAnalyzed: false,
    licenseConcluded: $license, licenseDeclared: $license, copyrightText: "NOASSERTION" };

def purl:
  { externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
                     referenceLocator: . }] };

def checksums: to_entries | map({ algorithm: .key, checksumValue: .value });

def related($from; $how; $to):
  { spdxElementId: "SPDXRef-\($from)", relationshipType: $how,
    relatedSpdxElement: "SPDXRef-\($to)" };

# grype 0.121 finds musl by its CPE; neither it nor trivy nor OSV looks up a generic purl.
# Raw lines of sha1sum and sha256sum of the programs, after the SPDX verification code -> the
# document. FILE, and not CONTAINER: grype takes name and version of a container for no product.
def document:
  input[:40] as $code
  | ([inputs | capture("^(?<sum>[0-9a-f]+) .*/(?<name>pause-.*)$")] | group_by(.name)
    | map({ SPDXID: "SPDXRef-\(.[0].name)", fileName: "./\(.[0].name)", fileTypes: ["BINARY"],
        checksums: (map({ key: "SHA\(if .sum | length == 40 then 1 else 256 end)", value: .sum })
          | from_entries | checksums),
        licenseConcluded: "Apache-2.0 AND MIT", licenseInfoInFiles: ["NOASSERTION"],
        copyrightText: "NOASSERTION" })) as $files
  | (if env.SOURCE == "" then "NOASSERTION" else "git+\(env.SOURCE)@\(env.REVISION)" end) as $from
  | (env.CLANG_VERSION | split(" ")[0]) as $llvm # without the revision of a distribution
  | { spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
      name: "pause-\(env.VERSION)",
      documentNamespace: "https://spdx.org/spdxdocs/pause-\(env.VERSION)-\(env.REVISION)",
      creationInfo: { created: (env.SOURCE_DATE_EPOCH | tonumber | todate),
                      creators: ["Organization: pause", "Tool: pause-Makefile"] },
      packages: [
        package("pause"; env.VERSION; "pause"; "Apache-2.0 AND MIT"; $from)
          + { primaryPackagePurpose: "FILE", copyrightText:
                "Copyright 2016 The Kubernetes Authors.\nCopyright 2026 The pause authors",
              filesAnalyzed: true, licenseInfoFromFiles: ["NOASSERTION"],
              packageVerificationCode: { packageVerificationCodeValue: $code } }
          + (pause_purl | purl),
        (package("musl"; env.MUSL_VERSION; "musl libc"; "MIT"; musl_from)
          + (if env.MUSL_SHA256 == "" then {}
             else { checksums: ({ SHA256: env.MUSL_SHA256 } | checksums) } end)
          + (musl_purl | purl)
          | .externalRefs += [{ referenceCategory: "SECURITY", referenceType: "cpe23Type",
              referenceLocator: "cpe:2.3:a:musl-libc:musl:\(env.MUSL_VERSION):*:*:*:*:*:*:*" }]),
        package("clang"; $llvm; "LLVM"; "Apache-2.0 WITH LLVM-exception"; "NOASSERTION")
          + ("pkg:generic/llvm@\($llvm)" | purl)],
      files: $files,
      relationships: [
        related("DOCUMENT"; "DESCRIBES"; "pause"), related("pause"; "STATIC_LINK"; "musl"),
        related("clang"; "BUILD_TOOL_OF"; "pause"),
        ($files[] | related("pause"; "CONTAINS"; .SPDXID[8:]))] };
