// Messages for who is offline: XEP-0160, over the death of the process.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream } from "./support/stream.mjs";
import { eventually, withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];
const available = "<presence xmlns='jabber:client'/>";

const counters = async (server) => (await server.query("status")).counters;

/// Waits until the store has written so many.
const stored = (server, count) =>
  eventually(`${count} messages are stored`, async () =>
    (await counters(server)).offline_stored === count);

/// Kills the process, starts it again on the same folder.
async function crash(server) {
  server.process.kill("SIGKILL");
  await server.ended();
  server.log = "";
  await server.start();
}

/// The next messages are these bodies, in order, each with `<delay/>`.
async function expectLate(stream, bodies) {
  for (const body of bodies) {
    const text = await stream.until(/^<message/);
    assert.match(text, new RegExp(`<body>${body}</body>`));
    assert.match(text, /<delay [^>]*urn:xmpp:delay/);
    assert.match(text, /from=['"]romeo@localhost\//);
  }
}

const numbers = (first, count) =>
  Array.from({ length: count }, (_, i) => `n${first + i}.`);

test("stored messages outlive kill -9 and come once in order", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const bodies = numbers(0, 300);
    for (const body of bodies) romeo.message("juliet@localhost", body);
    await stored(server, bodies.length);
    await crash(server);

    const juliet = await Stream.login(server, "juliet");
    juliet.send(available);
    await expectLate(juliet, bodies);
    await eventually("all are deleted", async () =>
      (await counters(server)).offline_delivered === bodies.length);
    await crash(server);

    const again = await Stream.login(server, "juliet");
    again.send(available);
    await again.expect(/^<presence/);
    await again.ping();
  }));

test("what a client has not acked comes again after kill -9", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const bodies = numbers(0, 20);
    for (const body of bodies) romeo.message("juliet@localhost", body);
    await stored(server, bodies.length);
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    juliet.send(available);
    await expectLate(juliet, bodies);
    // Its own presence and five messages.
    juliet.send("<a xmlns='urn:xmpp:sm:3' h='6'/>");
    await eventually("five are deleted", async () =>
      (await counters(server)).offline_delivered === 5);
    await crash(server);

    const again = await Stream.login(server, "juliet");
    again.send(available);
    await expectLate(again, bodies.slice(5));
    await again.ping();
  }));

test("a stop in order stores what was not acked", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    const bodies = numbers(0, 30);
    for (const body of bodies) romeo.message(juliet.jid, body);
    for (const body of bodies)
      await juliet.until(new RegExp(`<body>${body}</body>`));
    server.process.kill("SIGTERM");
    for (const stream of [romeo, juliet]) {
      await stream.until(/^<stream:error.*<system-shutdown/);
      await stream.expect(/^<close /);
      await stream.expectClose(1000);
    }
    assert.equal(await server.ended(), 0);
    server.log = "";
    await server.start();
    const again = await Stream.login(server, "juliet");
    again.send(available);
    await expectLate(again, bodies);
    await again.ping();
  }));

test("a long backlog and live messages keep their order", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const before = numbers(0, 500);
    for (const body of before) romeo.message("juliet@localhost", body);
    await stored(server, before.length);
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    juliet.send(available);
    // From here on live messages have to wait for the others.
    await juliet.expect(/^<presence/);
    const talk = (async () => {
      for (const body of numbers(500, 500)) {
        romeo.message(juliet.jid, body);
        if (Number(body.match(/\d+/)) % 20 === 0)
          await new Promise(setImmediate);
      }
    })();
    let handled = 1;
    const listen = (async () => {
      for (const body of numbers(0, 1000))
        for (;;) {
          const text = await juliet.next();
          if (text.startsWith("<r "))
            juliet.send(`<a xmlns='urn:xmpp:sm:3' h='${handled}'/>`);
          else ++handled;
          if (!text.startsWith("<message")) continue;
          assert.match(text, new RegExp(`<body>${body}</body>`));
          break;
        }
    })();
    await Promise.all([talk, listen]);
  }));

test("two sessions that come at once share no message", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const bodies = numbers(0, 150);
    for (const body of bodies) romeo.message("juliet@localhost", body);
    await stored(server, bodies.length);
    const both = await Promise.all(
      ["one", "two"].map((resource) =>
        Stream.login(server, "juliet", { resource })),
    );
    const got = [];
    let missing = bodies.length;
    const listen = async (stream) => {
      while (missing > 0) {
        const text = await stream.next();
        if (!text.startsWith("<message")) continue;
        got.push(text.match(/<body>(.*)<\/body>/)[1]);
        --missing;
      }
    };
    for (const stream of both) stream.send(available);
    await Promise.race(both.map(listen));
    assert.deepEqual(got.sort(), [...bodies].sort());
  }));

test("an account that is removed takes its messages along", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    romeo.message("juliet@localhost", "gone");
    await stored(server, 1);
    const answer = await server.ctl(["account", "remove", "juliet@localhost"]);
    assert.equal(answer.code, 0, answer.stderr);
    romeo.message("juliet@localhost", "refused");
    await romeo.expect(/^<message .*<service-unavailable/);
    await server.addAccounts("juliet");
    const juliet = await Stream.login(server, "juliet");
    juliet.send(available);
    await juliet.expect(/^<presence/);
    await juliet.ping();
  }));
