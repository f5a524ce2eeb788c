// ejabberd of Debian on loopback. It runs without a node name, so that no
// Erlang port mapper is needed or left behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { PeerServer } from "./peer_server.mjs";

const libraries = "/usr/lib";

/// The folder above ejabberd-VERSION/ebin.
function codeFolder() {
  for (const folder of fs.readdirSync(libraries))
    if (folder.endsWith("-linux-gnu")) {
      const full = path.join(libraries, folder);
      if (fs.readdirSync(full).some((x) => x.startsWith("ejabberd-")))
        return full;
    }
  throw new Error("ejabberd is not installed");
}

export class Ejabberd extends PeerServer {
  /// As many as ejabberd lets wait by itself; one more ends the stream there.
  management = { active: true, queue: 5000, wait: 300 };

  portNames = ["c2s", "direct", "http"];

  constructor(domains) {
    super("ejabberd", domains);
    this.config = path.join(this.folder, "ejabberd.yml");
    this.spool = path.join(this.folder, "spool");
  }

  prepare() {
    fs.mkdirSync(this.spool);
    const at = (port) => ({ port, ip: "127.0.0.1" });
    const c2s = { module: "ejabberd_c2s", max_stanza_size: 1 << 20 };
    const { active, queue, wait } = this.management;
    const mod_stream_mgmt = {
      max_ack_queue: queue,
      resume_timeout: wait,
      max_resume_timeout: wait,
      resend_on_timeout: true,
    };
    const configuration = {
      hosts: this.domains,
      loglevel: "error",
      certfiles: [this.tls.both],
      listen: [
        { ...at(this.ports.c2s), ...c2s, starttls: true },
        { ...at(this.ports.direct), ...c2s, tls: true },
        {
          ...at(this.ports.http),
          module: "ejabberd_http",
          request_handlers: { "/api": "mod_http_api" },
        },
      ],
      auth_method: "internal",
      auth_password_format: "plain",
      api_permissions: {
        accounts: {
          from: ["mod_http_api"],
          who: [{ ip: "127.0.0.1/8" }],
          what: ["register"],
        },
      },
      modules: {
        mod_client_state: {},
        mod_disco: {},
        mod_http_api: {},
        mod_muc: { host: "rooms.@HOST@", access_create: "all" },
        mod_offline: {},
        mod_ping: {},
        mod_roster: {},
        ...(active ? { mod_stream_mgmt } : {}),
      },
    };
    fs.writeFileSync(this.config, JSON.stringify(configuration, null, 2));
  }

  command() {
    return {
      program: "erl",
      args: [
        ...["+K", "true", "-noinput", "-mnesia", "dir", `"${this.spool}"`],
        ...["-s", "ejabberd"],
      ],
      env: {
        HOME: this.folder,
        EJABBERD_CONFIG_PATH: this.config,
        EJABBERD_LOG_PATH: path.join(this.folder, "ejabberd.log"),
        ERL_CRASH_DUMP: path.join(this.folder, "crash"),
        SPOOL_DIR: this.spool,
        ERL_LIBS: codeFolder(),
      },
    };
  }

  async addAccounts(names) {
    const url = `http://127.0.0.1:${this.ports.http}/api/register`;
    for (const host of this.domains)
      for (const user of names) {
        const answer = await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ user, host, password: "secret" }),
        });
        assert.equal(answer.status, 200, await answer.text());
      }
  }
}
