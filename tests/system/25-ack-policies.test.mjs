// When acks are asked for and sent, and what becomes of a client that owes
// them or breaks with each of its connections.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream, attribute, ns } from "./support/stream.mjs";
import { eventually, withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];
const available = "<presence xmlns='jabber:client'/>";
const request = `<r xmlns='${ns.sm}'/>`;

const withPolicy = (management, body) =>
  withServer({ accounts, config: { stream: { management } } }, body);

const counters = async (server) => (await server.query("status")).counters;

const ack = (h) => `<a xmlns='${ns.sm}' h='${h}'/>`;

test("the last stanza is asked for once, and not without end", () =>
  withPolicy({ requestIdle: "100ms" }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    romeo.message(juliet.jid, "one");
    await juliet.expect(/<body>one</);
    assert.equal(await juliet.next(), request);
    juliet.send(ack(1));
    romeo.message(juliet.jid, "two");
    await juliet.expect(/<body>two</);
    assert.equal(await juliet.next(), request);
    const { acks_requested, acks_received } = await counters(server);
    assert.equal(acks_requested, 2);
    assert.equal(acks_received, 1);
  }));

test("acks come unasked after a time and after so many bytes", () =>
  withPolicy(
    { unsolicitedAckInterval: "100ms", unsolicitedAckBytes: 1000 },
    async (server) => {
      const juliet = await Stream.login(server, "juliet");
      await juliet.enable();
      juliet.message("juliet@localhost/none", "by time");
      await juliet.until(/^<a .*h='1'/);
      juliet.message("juliet@localhost/none", "by bytes ".repeat(200));
      await juliet.until(/^<a .*h='2'/);
      assert.equal((await counters(server)).acks_sent, 2);
    },
  ));

test("a backlog larger than the queue comes as it is acknowledged", () =>
  withPolicy({ maxUnacked: 8, requestFrequency: 0 }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const count = 60;
    for (let i = 0; i < count; ++i) romeo.message("juliet@localhost", `n${i}.`);
    await eventually("all is stored", async () =>
      (await counters(server)).offline_stored === count);
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    juliet.send(available);
    let h = 0;
    for (let next = 0; next < count;) {
      const text = await juliet.next();
      if (text === request) juliet.send(ack(h));
      else ++h;
      const body = text.match(/<body>(.*?)</)?.[1];
      if (body) assert.equal(body, `n${next++}.`);
    }
    juliet.send(ack(h));
    await eventually("all is deleted", async () =>
      (await counters(server)).offline_delivered === count);
    assert.equal((await counters(server)).sm_overflows, 0);
  }));

test("a stanza that ends each connection goes back to its sender", () =>
  withPolicy({}, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    let juliet = await Stream.login(server, "juliet");
    juliet.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
    const id = attribute(await juliet.expect(/^<enabled/), "id");
    const { jid } = juliet;
    romeo.message(jid, "bad", "bad");
    romeo.message(jid, "good", "good");
    await juliet.until(/<body>good</);
    const breakOff = async (parked) => {
      juliet.wire.cut();
      await eventually("the session is parked", async () =>
        (await counters(server)).sessions_parked === parked);
    };
    const comeBack = async () => {
      juliet = await Stream.connect(server.ws);
      await juliet.open();
      await juliet.authenticate("juliet");
      await juliet.open();
      juliet.send(`<resume xmlns='${ns.sm}' previd='${id}' h='0'/>`);
      await juliet.expect(/^<resumed/);
    };
    await breakOff(1);
    for (let i = 2; i <= 4; ++i) {
      await comeBack();
      await juliet.expect(/<body>bad</);
      await breakOff(i);
    }
    await comeBack();
    await juliet.expect(/<body>good</);
    const error = await romeo.next();
    assert.match(error, /^<message .*type=['"]error/);
    assert.match(error, /id=['"]bad/);
    juliet.send(ack(1));
    romeo.message(jid, "next");
    await juliet.until(/<body>next</);
    juliet.send(ack(2));
    await juliet.ping();
    assert.equal((await counters(server)).poison_stanzas, 1);
    await server.logged(/poison_stanza .*id=bad/);
  }));
