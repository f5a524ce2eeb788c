// The process: how it begins, how it ends, what it says when it can not.
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { Stream } from "./support/stream.mjs";
import { Server, eventually, withServer } from "./support/server.mjs";

const accounts = ["romeo"];

for (const signal of ["SIGTERM", "SIGINT"])
  test(`on ${signal} every stream hears system-shutdown`, () =>
    withServer({ accounts }, async (server) => {
      const streams = [];
      for (let i = 0; i < 20; ++i)
        streams.push(await Stream.login(server, "romeo"));
      const fresh = await Promise.all(
        Array.from({ length: 10 }, () => Stream.connect(server.ws)));
      server.process.kill(signal);
      for (const stream of streams)
        await stream.expectError("system-shutdown");
      for (const stream of fresh) await stream.expectClose(1001);
      assert.equal(await server.ended(), 0);
      server.checkSanitizers();
      server.expectedToEnd = true;
    }));

test("a client that does not answer holds up the end only so long", () => {
  const config = { node: { stopGrace: "500ms" } };
  return withServer({ accounts, config }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.wire.socket.pause();
    server.process.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    server.expectedToEnd = true;
  });
});

test("what comes back too late at a stop is told by number", () => {
  const config = { node: { stopGrace: "0s" } };
  return withServer({ accounts: ["romeo", "juliet"], config }, async (server) => {
    const available = "<presence xmlns='jabber:client'/>";
    const juliet = await Stream.login(server, "juliet");
    juliet.send(available);
    juliet.send("<enable xmlns='urn:xmpp:sm:3'/>");
    await juliet.until(/^<enabled/);
    const romeo = await Stream.login(server, "romeo");
    const count = 200;
    for (let i = 0; i < count; ++i) romeo.message(juliet.jid, `n${i}.`);
    // Never acknowledged.
    await juliet.until(new RegExp(`<body>n${count - 1}\\.</body>`));
    server.process.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    const [, lost] = /node_stopped stanzas_lost=(\d+)/.exec(server.log);

    server.log = "";
    await server.start();
    const again = await Stream.login(server, "juliet");
    again.send(available);
    await eventually("all others are delivered", async () => {
      const { counters } = await server.query("status");
      return counters.offline_delivered === count - Number(lost);
    });
  });
});

/// Starts a server that must not come up; returns what it said.
async function failing(config, prepare = () => {}) {
  const server = new Server(config);
  prepare(server);
  await assert.rejects(server.start(), /ended at its start/);
  const code = await server.ended();
  server.checkSanitizers();
  fs.rmSync(server.folder, { recursive: true });
  return { code, log: server.log };
}

test("all errors of a configuration are told at once", async () => {
  const { code, log } = await failing({
    websocket: { maxMessage: "many", pingIntervall: "1s" },
    log: { level: "loud" },
  });
  assert.equal(code, 2);
  for (const key of ["maxMessage", "pingIntervall", "level"])
    assert.match(log, new RegExp(`config\\.yaml:\\d+.*${key}`));
});

test("an address in use is told by name", () =>
  withServer({}, async (server) => {
    const address = new URL(server.ws).host;
    const { code, log } = await failing({ listeners: [{ address }] });
    assert.equal(code, 1);
    assert.ok(log.includes(address), log);
  }));

test("the files of a node are for its owner only", () =>
  withServer({ accounts }, async (server) => {
    for (const name of fs.readdirSync(server.folder)) {
      if (name === "config.yaml") continue;
      const { mode } = fs.statSync(`${server.folder}/${name}`);
      assert.equal(mode & 0o077, 0, `${name} has mode ${mode.toString(8)}`);
    }
  }));

test("the log has no password and no body", () =>
  withServer({ accounts, config: { log: { level: "debug" } } }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.message("nobody@localhost", "a private word");
    await stream.expect(/type=['"]error/);
    await stream.close();
    await server.logged(/stream_ended/);
    const secrets = [/secret/, /a private word/, /AHJvbWVvAHNlY3JldA/];
    for (const secret of secrets) assert.doesNotMatch(server.log, secret);
  }));
