// Clients whose server process is killed come back for their sessions by their
// own code, and nothing is lost.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { freePort } from "./support/peer_server.mjs";
import { kinds } from "./support/peers_gateway.mjs";
import { reconnecting } from "./support/reconnecting.mjs";
import { Resumable } from "./support/resumable.mjs";
import { Server, connections, eventually } from "./support/server.mjs";

const libraries = Object.keys(reconnecting);
/// Users of their own for each library.
const users = libraries.map((_, i) => [`juliet${i}`, `romeo${i}`]);
const domainOf = (kind) => `${kind}.example`;
const peers = {};
let server;

before(async () => {
  const domains = {};
  await Promise.all(
    Object.entries(kinds).map(async ([kind, Kind]) => {
      const served = { domains: [domainOf(kind)], accounts: users.flat() };
      peers[kind] = await Kind.start(served);
      domains[domainOf(kind)] = { upstream: [peers[kind].upstream("none")] };
    }),
  );
  domains[domainOf("local")] = { scramIterations: 4096 };
  const listeners = [{ address: `127.0.0.1:${await freePort()}` }];
  const stream = { management: { durability: "store" } };
  server = new Server({ domains, listeners, stream });
  await server.start();
  for (const user of users.flat())
    await server.addAccounts(`${user}@${domainOf("local")}`);
});

after(async () => {
  for (const socket of connections) socket.destroy();
  await server?.stop();
  for (const peer of Object.values(peers)) await peer.stop();
});

const numbers = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

async function killAndStart() {
  server.process.kill("SIGKILL");
  await server.exit;
  server.log = "";
  await server.start();
}

for (const kind of [...Object.keys(kinds), "local"])
  for (const [i, library] of libraries.entries())
    test(`${library} comes back by itself, ${kind}`, async () => {
      const domain = domainOf(kind);
      const [own, other] = users[i];
      const juliet = await reconnecting[library](server.ws, own, domain);
      const romeo = await Resumable.login(server, other, domain);
      try {
        romeo.say(juliet.jid, ...numbers(1, 20));
        for (const body of numbers(1, 20)) await juliet.say(romeo.jid, body);
        await eventually("all have come", () =>
          juliet.bodies.length === 20 && romeo.received.length === 20);
        await killAndStart();
        await romeo.ended;
        await romeo.resume(server);
        romeo.say(juliet.jid, ...numbers(21, 30));
        await eventually("it has resumed", () => juliet.counts.resumed);
        await juliet.say(romeo.jid, "last");
        romeo.say(juliet.jid, "last");
        const all = [...numbers(1, 30), "last"];
        await eventually("it gets all", () => juliet.bodies.includes("last"));
        assert.deepEqual(juliet.bodies, all);
        await eventually("so does the other", () =>
          romeo.received.includes("last"));
        assert.deepEqual(romeo.received, [...numbers(1, 20), "last"]);
        assert.deepEqual(juliet.counts, { resumed: 1, failed: 0 });
      } finally {
        await romeo.drop();
        await juliet.stop();
      }
    });
