// Real XMPP clients log in over ws and wss, exchange 1,000 messages each way,
// and every ack that either side sent was right.
import assert from "node:assert/strict";
import test from "node:test";
import { libraries, withClients } from "./support/client_process.mjs";
import { withServer } from "./support/server.mjs";

const count = 1000;
const accounts = ["romeo", "juliet"];

/// `one` and `other` send each other `count` messages at the same time.
async function chat(one, other) {
  const sending = [
    one.call("send", { to: other.jid, prefix: "one", count }),
    other.call("send", { to: one.jid, prefix: "other", count }),
  ];
  const expect = (from, prefix) =>
    Array.from({ length: count }, (_, i) => ({ from, body: `${prefix} ${i}` }));
  const [atOther, atOne] = await Promise.all([
    other.call("received", { count }),
    one.call("received", { count }),
    ...sending,
  ]);
  assert.deepEqual(atOther, expect(one.jid, "one"));
  assert.deepEqual(atOne, expect(other.jid, "other"));
}

/// The server acked every stanza that crossed the wire, and the library knows.
async function checkAcks(client) {
  const { wire, library } = await client.call("acknowledged");
  assert.ok(library.enabled);
  assert.ok(wire.sent >= count);
  assert.equal(wire.acksReceived.at(-1), wire.sent);
  assert.equal(library.acked, wire.sent);
  assert.equal(library.unacked, 0);
  // The server asked for acks on the way, and each answer was in range.
  assert.ok(wire.acksSent.length > 0);
  assert.ok(wire.acksSent.at(-1) <= wire.received);
}

const expectedMechanism = {
  xmpp_js: "SCRAM-SHA-1",
  strophe: "SCRAM-SHA-512",
  stanza: "SCRAM-SHA-256",
};

async function checkPair(server, one, other, scheme) {
  const url = server[scheme];
  const certificate = server.certificate;
  await withClients(
    [
      { library: one, url, certificate, user: "romeo", resource: "orchard" },
      { library: other, url, certificate, user: "juliet", resource: "balcony" },
    ],
    async (romeo, juliet) => {
      assert.equal(romeo.jid, "romeo@localhost/orchard");
      assert.equal(romeo.mechanism, expectedMechanism[one]);
      assert.equal(juliet.mechanism, expectedMechanism[other]);
      await chat(romeo, juliet);
      await checkAcks(romeo);
      await checkAcks(juliet);
      await romeo.call("close");
      await romeo.call("closed");
    },
  );
}

for (const library of libraries)
  for (const scheme of ["ws", "wss"])
    test(`${library} logs in and chats over ${scheme}`, () =>
      withServer({ accounts }, (server) =>
        checkPair(server, library, library, scheme),
      ));

test("every client understands every other one", () =>
  withServer({ accounts }, async (server) => {
    await checkPair(server, "xmpp_js", "strophe", "ws");
    await checkPair(server, "strophe", "stanza", "ws");
    await checkPair(server, "stanza", "xmpp_js", "ws");
  }));

for (const library of libraries)
  test(`${library} pings and asks what the server can do`, () =>
    withServer({ accounts }, (server) =>
      withClients(
        [{ library, url: server.ws, user: "romeo" }],
        async (romeo) => {
          await romeo.call("ping", { to: "localhost" });
          const features = await romeo.call("disco", { to: "localhost" });
          assert.ok(features.includes("urn:xmpp:ping"), features);
        },
      ),
    ));

for (const library of libraries)
  test(`${library} logs in without an account where that is on`, () => {
    const config = { domains: { "anon.localhost": { auth: ["ANONYMOUS"] } } };
    return withServer({ config }, (server) =>
      withClients(
        [{ library, url: server.ws, domain: "anon.localhost", password: "" }],
        async (guest) => {
          assert.match(guest.jid, /^.+@anon\.localhost\/.+/);
          assert.equal(guest.mechanism, "ANONYMOUS");
          await guest.call("ping", { to: "anon.localhost" });
        },
      ),
    );
  });
