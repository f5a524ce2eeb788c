// Certificates for the servers of one test, made by the openssl command.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const settings = (folder) => `
[ca]
default_ca = authority
[authority]
database = ${folder}/index.txt
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
copy_extensions = copy
[policy]
commonName = supplied
`;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

function openssl(...args) {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/// A certificate authority in a folder of its own.
export class Authority {
  constructor(folder) {
    fs.mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.ca = path.join(folder, "ca.pem");
    this.key = path.join(folder, "ca.key");
    this.config = path.join(folder, "ca.cnf");
    fs.writeFileSync(this.config, settings(folder));
    fs.writeFileSync(path.join(folder, "index.txt"), "");
    openssl("req", "-x509", ...newKey, "-nodes", "-days", "30",
      "-subj", "/CN=authority", "-keyout", this.key, "-out", this.ca);
  }

  /// Makes a certificate for these DNS names: {key, certificate, both}, files
  /// that every user may read; their keys are worth nothing.
  issue(hosts, { from = "20200101000000Z", to = "20991231235959Z" } = {}) {
    const base = path.join(this.folder, `${hosts[0]}-${to}`);
    const [key, request, certificate, both] = [
      ...[`${base}.key`, `${base}.csr`, `${base}.pem`, `${base}.both`],
    ];
    const names = hosts.map((host) => `DNS:${host}`).join(",");
    openssl("req", ...newKey, "-nodes", "-subj", `/CN=${hosts[0]}`,
      "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", request);
    openssl("ca", "-batch", "-notext", "-config", this.config,
      "-cert", this.ca, "-keyfile", this.key, "-in", request,
      "-out", certificate, "-startdate", from, "-enddate", to);
    const text = [key, certificate].map((file) => fs.readFileSync(file));
    fs.writeFileSync(both, Buffer.concat(text));
    fs.chmodSync(key, 0o644);
    return { key, certificate, both };
  }

  /// One that was good for a day of 2020.
  issueExpired(hosts) {
    return this.issue(hosts, { to: "20200102000000Z" });
  }
}
