// Real clients log in to real servers through the gateway, and chat.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { chat, checkAcks, everyLibrary } from "./support/client_process.mjs";
import {
  PeersGateway,
  domainOf,
  kinds,
  ways,
} from "./support/peers_gateway.mjs";

const gateway = new PeersGateway();
before(() => gateway.start());
after(() => gateway.stop());

const strongest = {
  prosody: {
    xmpp_js: "SCRAM-SHA-1",
    strophe: "SCRAM-SHA-256",
    stanza: "SCRAM-SHA-256",
    nbxmpp: "SCRAM-SHA-256",
  },
  ejabberd: {
    xmpp_js: "SCRAM-SHA-1",
    strophe: "SCRAM-SHA-512",
    stanza: "SCRAM-SHA-256",
    nbxmpp: "SCRAM-SHA-512",
  },
};

/// Logs in, pings and asks what the server can do.
async function visit(kind, way, library, mechanism) {
  const users = [mechanism ? "juliet" : "romeo"];
  const who = { kind, way, libraries: [library], users, mechanism };
  await gateway.with(who, async (client) => {
    assert.equal(client.mechanism, mechanism ?? strongest[kind][library]);
    const to = domainOf(kind, way);
    await client.call("ping", { to });
    const features = await client.call("disco", { to });
    assert.ok(features.includes("urn:xmpp:ping"), features);
    await client.call("close");
    await client.call("closed");
  });
}

/// The server behind keeps its session, under an id that only we can open.
async function checkResumable(client) {
  const enabled = await client.input(/^<enabled\s/);
  assert.match(enabled, /\sresume=['"](true|1)['"]/);
  assert.match(enabled, /\sid=['"][\w-]{100,}['"]/);
}

for (const kind of Object.keys(kinds))
  for (const library of everyLibrary) {
    test(`${library} logs in to ${kind} in every way`, () =>
      Promise.all([
        ...ways.map((way) => visit(kind, way, library)),
        visit(kind, "starttls", library, "PLAIN"),
      ]));

    test(`${library} exchanges 1,000 messages each way at ${kind}`, () =>
      gateway.with(
        { kind, libraries: [library, library] },
        async (romeo, juliet) => {
          await chat(romeo, juliet);
          for (const client of [romeo, juliet]) {
            await checkAcks(client);
            await checkResumable(client);
          }
        },
      ));
  }

test("no password has got into the log", () => {
  assert.doesNotMatch(gateway.server.log, /\bsecret\b/);
});
