// causewayd as a service of systemd: what it tells at NOTIFY_SOCKET, and when.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { edit } from "./support/reload.mjs";
import { Stream } from "./support/stream.mjs";
import { Server, eventually, withServer } from "./support/server.mjs";

const listener = fileURLToPath(
  new URL("./support/service_manager.py", import.meta.url),
);

/// A service manager: `told` has every message so far.
class Manager {
  told = [];
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "causeway-"));
  socket = path.join(this.folder, "notify");

  async start() {
    this.process = spawn("python3", [listener, this.socket], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    this.process.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop();
      this.told.push(...lines.map((line) => JSON.parse(line)));
    });
    await this.hears(/^listening$/);
    this.told = [];
    return this;
  }

  hears(pattern) {
    return eventually(`the service manager hears ${pattern}`, () =>
      this.told.find((text) => pattern.test(text)),
    );
  }

  stop() {
    this.process.kill();
    fs.rmSync(this.folder, { recursive: true });
  }
}

async function withManager(body) {
  const manager = await new Manager().start();
  try {
    await body(manager);
  } finally {
    manager.stop();
  }
}

test("it is ready once every listener listens, and says when it stops", () =>
  withManager((manager) => {
    const env = { NOTIFY_SOCKET: manager.socket };
    const options = { accounts: ["romeo"], env };
    return withServer(options, async (server) => {
      const ready = await manager.hears(/^READY=1\n/);
      assert.equal(manager.told[0], ready);
      for (const url of server.urls) assert.ok(ready.includes(url), ready);
      await Stream.login(server, "romeo");
      server.process.kill("SIGTERM");
      const stopping = await manager.hears(/^STOPPING=1\n/);
      // Longer than node.stopGrace, 5 s.
      const [, longest] = /\nEXTEND_TIMEOUT_USEC=(\d+)\n/.exec(stopping);
      assert.ok(Number(longest) > 5_000_000, stopping);
      assert.equal(await server.ended(), 0);
      server.checkSanitizers();
      server.expectedToEnd = true;
      // Nobody asked for signs of life.
      assert.deepEqual(manager.told, [ready, stopping]);
    });
  }));

test("the watchdog gets signs of life, and how many sessions there are", () =>
  withManager((manager) => {
    const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "600000" };
    const options = { accounts: ["romeo"], env };
    return withServer(options, async (server) => {
      await manager.hears(/^READY=1\n/);
      await manager.hears(/^STATUS=0 sessions\n/);
      const stream = await Stream.login(server, "romeo");
      await manager.hears(/^STATUS=1 sessions\n/);
      await stream.close();
      manager.told = [];
      await eventually("ten signs of life", () => {
        const signs = manager.told.filter((text) => text === "WATCHDOG=1\n");
        return signs.length >= 10;
      });
      // A pulse per 200 ms, and as little as that costs.
      const { tree } = await server.query("actors", "--kind", "watchdog");
      const [dog] = tree.children;
      assert.equal(dog.kind, "watchdog");
      assert.ok(Number(dog.fields.pulses) >= 10);
    });
  }));

test("a vital actor that dies does not end the signs of life", () =>
  withManager((manager) => {
    const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "600000" };
    return withServer({ env }, async (server) => {
      for (const kind of ["router", "watchdog"]) {
        const { code, stderr } = await server.ctl(["kill", "--kind", kind]);
        assert.equal(code, 0, stderr);
        await server.logged(new RegExp(`actor_restarted kind=${kind}`));
        manager.told = [];
        await manager.hears(/^WATCHDOG=1\n$/);
      }
    });
  }));

test("a reload begins and ends with a word, accepted or not", () =>
  withManager((manager) => {
    const env = { NOTIFY_SOCKET: manager.socket };
    return withServer({ env }, async (server) => {
      await manager.hears(/^READY=1\n/);
      for (const [level, generation, code] of [
        ["debug", "configuration 2 in force", 0],
        ["loud", "configuration 2 in force, the last one refused", 1],
        ["warn", "configuration 3 in force", 0],
      ]) {
        manager.told = [];
        edit(server, (file) => {
          file.log = { level };
        });
        const answer = await server.ctl(["reload"]);
        assert.equal(answer.code, code, answer.stderr);
        await manager.hears(new RegExp(`^READY=1\nSTATUS=${generation}\n$`));
        assert.match(manager.told[0], /^RELOADING=1\nMONOTONIC_USEC=\d+\n$/);
      }
    });
  }));

test("a start that fails says why", () =>
  withManager((manager) =>
    withServer({}, async (other) => {
      const address = new URL(other.ws).host;
      const server = new Server({ listeners: [{ address }] });
      server.env = { NOTIFY_SOCKET: manager.socket };
      await assert.rejects(server.start(), /ended at its start/);
      assert.equal(await server.ended(), 1);
      fs.rmSync(server.folder, { recursive: true });
      const status = await manager.hears(/^STATUS=/);
      assert.ok(status.includes(address), status);
      assert.ok(!manager.told.some((text) => text.startsWith("READY")));
    }),
  ));
