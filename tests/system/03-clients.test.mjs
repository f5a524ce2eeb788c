// Real XMPP clients log in over ws and wss, exchange 1,000 messages each way,
// and every ack that either side sent was right.
import assert from "node:assert/strict";
import test from "node:test";
import {
  chat,
  checkAcks,
  libraries,
  withClients,
} from "./support/client_process.mjs";
import { withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];

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

// A server each: what a client has not acked when it goes comes again at the
// next login.
for (const [one, other] of [
  ["xmpp_js", "strophe"],
  ["strophe", "stanza"],
  ["stanza", "xmpp_js"],
])
  test(`${one} and ${other} understand each other`, () =>
    withServer({ accounts }, (server) =>
      checkPair(server, one, other, "ws"),
    ));

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
