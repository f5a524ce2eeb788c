// Sessions of the local domain outlive their process (XEP-0198 section 5).
import assert from "node:assert/strict";
import test from "node:test";
import { Resumable } from "./support/resumable.mjs";
import { eventually, withServer } from "./support/server.mjs";
import { Stream, attribute, ns } from "./support/stream.mjs";
import { opcode } from "./support/wire.mjs";

const accounts = ["romeo", "juliet"];

const numbers = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => `n${first + i}.`);

const counters = async (server) => (await server.query("status")).counters;

const has = (client, bodies) =>
  eventually(`${client.user} has ${bodies.length}`, () =>
    client.received.length >= bodies.length).then(() =>
    assert.deepEqual(client.received, bodies));

/// Ends the process by this signal and starts it again on the same folder.
async function restart(server, signal = "SIGTERM") {
  server.process.kill(signal);
  assert.equal(await server.ended(), signal === "SIGTERM" ? 0 : signal);
  server.log = "";
  await server.start();
}

/// Juliet has ten messages and is gone when ten more are acked to Romeo.
async function leaveWaiting(server) {
  const romeo = await Resumable.login(server, "romeo");
  const juliet = await Resumable.login(server, "juliet");
  juliet.answers = false;
  romeo.say(juliet.jid, ...numbers(1, 10));
  await has(juliet, numbers(1, 10));
  await juliet.drop();
  await server.logged(/stream_parked .*juliet/);
  romeo.say(juliet.jid, ...numbers(11, 20));
  romeo.ask();
  await eventually("all are acked", () => romeo.unacked === 0);
  return { romeo, juliet };
}

test("a restart keeps sessions with and without a client", () =>
  withServer({ accounts }, async (server) => {
    const { romeo, juliet } = await leaveWaiting(server);
    const before = await counters(server);
    await restart(server);
    await romeo.ended;
    const after = await counters(server);
    assert.equal(after.sessions_restored, 2);
    assert.equal(before.offline_stored, 0);
    const { sessions } = await server.query("sessions");
    assert.deepEqual(sessions.map((x) => x.state), ["parked", "parked"]);

    await romeo.resume(server);
    romeo.say(juliet.jid, ...numbers(21, 25));
    romeo.ask();
    await eventually("all are acked", () => romeo.unacked === 0);
    juliet.answers = true;
    await juliet.resume(server);
    await has(juliet, numbers(1, 25));
    juliet.say(romeo.jid, "back");
    await has(romeo, ["back"]);
    assert.equal((await counters(server)).offline_stored, 0);
  }));

test("a session outlives many restarts, also without being resumed", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Resumable.login(server, "romeo");
    const juliet = await Resumable.login(server, "juliet");
    juliet.answers = false;
    const all = [];
    for (let i = 0; i < 3; ++i) {
      const next = numbers(10 * i, 10 * i + 9);
      all.push(...next);
      romeo.say(juliet.jid, ...next);
      romeo.ask();
      await eventually("all are acked", () => romeo.unacked === 0);
      await restart(server);
      await romeo.ended;
      await romeo.resume(server);
    }
    await juliet.resume(server);
    await has(juliet, all);
  }));

test("a client is cut without a word at a restart", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
    assert.equal(attribute(await stream.next(), "resume"), "true");
    server.process.kill("SIGTERM");
    await stream.expectClose(1012);
    assert.equal(await server.ended(), 0);
    server.log = "";
    await server.start();
  }));

test("a close frame alone leaves the session waiting", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Resumable.login(server, "romeo");
    const juliet = await Resumable.login(server, "juliet");
    // A browser that leaves the page: 1001, and no <close/> before it.
    juliet.stream.wire.sendFrame(opcode.close, Buffer.from([0x03, 0xe9]));
    assert.match(await juliet.ended, /close frame 1001/);
    await server.logged(/stream_parked .*juliet.*reason=peer-closed/);
    romeo.say(juliet.jid, "one");
    await juliet.resume(server);
    await has(juliet, ["one"]);
  }));

test("what a session had whose time is over is stored", () => {
  const config = { stream: { management: { resumeTimeout: "2s" } } };
  return withServer({ config, accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const juliet = await Resumable.login(server, "juliet");
    juliet.answers = false;
    const bodies = numbers(1, 5);
    const sent = Date.now();
    for (const body of bodies) romeo.message(juliet.jid, body);
    await has(juliet, bodies);
    await juliet.drop();
    await server.logged(/stream_parked .*juliet/);
    await restart(server);
    await server.logged(/stream_ended .*juliet.*resume-timeout|session_dropped .*juliet/);
    await eventually("all are stored", async () =>
      (await counters(server)).offline_stored === 5);
    const again = await Stream.login(server, "juliet");
    again.send("<presence xmlns='jabber:client'/>");
    for (const body of bodies) {
      const text = await again.until(/^<message/);
      assert.match(text, new RegExp(`<body>${body}</body>`));
      const stamp = Date.parse(text.match(/stamp=['"](.*?)['"]/)[1]);
      assert.ok(Math.abs(stamp - sent) < 1500, "it has its original time");
    }
  });
});

const store = { stream: { management: { durability: "store" } } };

/// Both send while the process is killed, again and again.
test("what was acked outlives kill -9, once and in order", () =>
  withServer({ config: store, accounts }, async (server) => {
    const romeo = await Resumable.login(server, "romeo");
    const juliet = await Resumable.login(server, "juliet");
    const said = { romeo: [], juliet: [] };
    let next = 0;
    const talk = (from, to, count) => {
      const bodies = numbers(next + 1, next + count);
      next += count;
      said[from.user].push(...bodies);
      from.say(to.jid, ...bodies);
      from.ask();
    };
    for (let round = 0; round < 5; ++round) {
      talk(romeo, juliet, 40);
      talk(juliet, romeo, 40);
      const seen = juliet.received.length + 20;
      await eventually("some have come", () => juliet.received.length >= seen);
      talk(romeo, juliet, 40);
      await restart(server, "SIGKILL");
      await Promise.all([romeo.ended, juliet.ended]);
      await romeo.resume(server);
      await juliet.resume(server);
    }
    await has(juliet, said.romeo);
    await has(romeo, said.juliet);
    for (const x of [romeo, juliet]) {
      x.ask();
      await eventually("all are acked", () => x.unacked === 0);
    }
  }));

test("a killed process keeps what waits for a client that is gone", () =>
  withServer({ config: store, accounts }, async (server) => {
    const { romeo, juliet } = await leaveWaiting(server);
    await restart(server, "SIGKILL");
    await restart(server, "SIGKILL");
    juliet.answers = true;
    await juliet.resume(server);
    await has(juliet, numbers(1, 20));
    await romeo.resume(server);
    assert.equal(romeo.unacked, 0);
  }));

test("a session that ended does not come back after kill -9", () =>
  withServer({ config: store, accounts }, async (server) => {
    const romeo = await Resumable.login(server, "romeo");
    const juliet = await Resumable.login(server, "juliet");
    juliet.stream.send(`<close xmlns='${ns.framing}'/>`);
    await server.logged(/stream_ended .*juliet/);
    romeo.say(juliet.jid, "stored");
    romeo.ask();
    await eventually("it is acked", () => romeo.unacked === 0);
    await restart(server, "SIGKILL");
    assert.equal((await counters(server)).sessions_restored, 1);
    const again = await Stream.login(server, "juliet");
    again.send("<presence xmlns='jabber:client'/>");
    assert.match(await again.until(/^<message/), /<body>stored<\/body>/);
  }));
