// Prosody of Debian on loopback: SASL over internal_plain, rosters, rooms.
import fs from "node:fs";
import path from "node:path";
import { PeerServer } from "./peer_server.mjs";

export class Prosody extends PeerServer {
  portNames = ["c2s", "direct"];

  constructor(domains) {
    super("prosody", domains);
    this.config = path.join(this.folder, "prosody.cfg.lua");
  }

  prepare() {
    fs.mkdirSync(path.join(this.folder, "certs"));
    const { key, certificate } = this.tls;
    const { active, queue, wait } = this.management;
    const ssl = `{ key = "${key}"; certificate = "${certificate}" }`;
    const hosts = this.domains.map(
      (domain) =>
        `VirtualHost "${domain}"\n` +
        `Component "rooms.${domain}" "muc"\n` +
        `restrict_room_creation = false\nmuc_room_locking = false\n`,
    );
    fs.writeFileSync(
      this.config,
      `data_path = "${this.folder}/data"
pidfile = "${this.folder}/prosody.pid"
run_as_root = true
log = { warn = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${this.ports.c2s} }
c2s_direct_tls_ports = { ${this.ports.direct} }
c2s_direct_tls_ssl = ${ssl}
ssl = ${ssl}
s2s_ports = {}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
smacks_max_queue_size = ${queue}
smacks_hibernation_time = ${wait}
modules_enabled = {
  "roster", "saslauth", "tls", "disco", "ping", "csi", "offline",
  "blocklist", "carbons", "pep", "posix"${active ? ', "smacks"' : ""}
}
modules_disabled = { "s2s" }
${hosts.join("")}`,
    );
  }

  command() {
    return { program: "prosody", args: ["-F", "--config", this.config] };
  }

  /// A file per account, in the form that its internal storage reads.
  async addAccounts(names) {
    for (const domain of this.domains) {
      const encoded = domain.replace(/[^a-z0-9]/g, (c) =>
        `%${c.charCodeAt(0).toString(16)}`);
      const folder = path.join(this.folder, "data", encoded, "accounts");
      fs.mkdirSync(folder, { recursive: true });
      for (const name of names)
        fs.writeFileSync(
          path.join(folder, `${name}.dat`),
          'return { ["password"] = "secret" };\n',
        );
    }
  }
}
