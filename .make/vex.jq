# The VEX: OpenVEX 0.2.0, of what scanners say of musl's CPE. VERSION, SOURCE_DATE_EPOCH,
# MUSL_VERSION and MUSL_URL come from the environment, and in DIGESTS those of index and manifests.
import "spdx" as spdx;

# By musl's version: what scanners match, and the object of libc.a that has the fault.
def known:
  { "1.2.6": { "CVE-2026-6042": "iconv", "CVE-2026-40200": "qsort" } };

# The image by its digests, as grype and trivy name a pulled one, and pause as the SBOM names it.
def products:
  (env.DIGESTS | split("\n") | map("pkg:oci/pause@\(@uri)")) + [spdx::pause_purl]
  | map({ "@id": ., subcomponents: [{ "@id": spdx::musl_purl }] });

# Raw lines of `ar t libc.a`, for all platforms -> the document.
def document:
  [inputs | sub("\\.l?o$"; "")] as $linked
  | (known[env.MUSL_VERSION] // error("vex.jq does not know musl \(env.MUSL_VERSION)"))
  | to_entries
  | (.[] | select(.value | IN($linked[])) | error("\(.key) is in \(.value), which libc.a has")), .
  | { "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "urn:pause:openvex:\(env.DIGESTS | split("\n")[0])",
      author: "pause",
      timestamp: (env.SOURCE_DATE_EPOCH | tonumber | todate),
      version: 1,
      statements: map({
        vulnerability: { name: .key }, products: products,
        status: "not_affected", justification: "vulnerable_code_not_present",
        impact_statement: "The fault is in musl's \(.value), and \(.value) is not linked in." }) };
