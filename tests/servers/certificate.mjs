// @ts-check
/** A certificate that nobody signed but itself, as people make them for a server at home. */
import { spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * @typedef {object} Certificate
 * @property {string} key PEM
 * @property {string} cert PEM
 * @property {string} fingerprint of its public key, as Chromium's `--ignore-certificate-errors-spki-list` wants it
 */

/**
 * @param {string[]} names hosts and addresses
 * @returns {Certificate | string} a string says why there is none here
 */
export function makeCertificate(names) {
  const folder = mkdtempSync(join(tmpdir(), "hkm-mesh-certificate-"));
  try {
    const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(",");
    const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const made = spawnSync("openssl", [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", keyFile, "-out", certFile,
      "-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${alternatives}`,
    ], { encoding: "utf8" });
    if (made.status !== 0) return `openssl makes no certificate: ${made.error?.message ?? made.stderr.trim()}`;
    const [key, cert] = [readFileSync(keyFile, "utf8"), readFileSync(certFile, "utf8")];
    const publicKey = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
    return { key, cert, fingerprint: createHash("sha256").update(publicKey).digest("base64") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
