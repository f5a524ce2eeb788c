// Sessions in Prosody and ejabberd that outlive their client's connection,
// over links with TLS: what was queued for the server is written before the
// link ends, also where that means a TLS record (requirements G-20, G-34,
// G-47). Over plain TCP: 21.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { domainOf, kinds } from "./support/peers_gateway.mjs";
import { Resumable, comesToRest, has, hasAcks } from "./support/resumable.mjs";
import { Server, connections, eventually } from "./support/server.mjs";

const ways = ["starttls", "direct"];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "causeway-key-"));
const key = path.join(folder, "sm.key");
// Users of their own for each scenario.
const accounts = [];
const peers = {};
let server;

const numbers = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString("hex"), { mode: 0o600 });
  const domains = {};
  await Promise.all(
    Object.entries(kinds).map(async ([kind, Kind]) => {
      const served = ways.map((way) => domainOf(kind, way));
      peers[kind] = await Kind.start({ domains: served, accounts });
      for (const way of ways)
        domains[domainOf(kind, way)] = { upstream: [peers[kind].upstream(way)] };
    }),
  );
  const stream = { management: { keys: [key] } };
  server = new Server({ domains, stream });
  await server.start();
});

after(async () => {
  for (const socket of connections) socket.destroy();
  await server?.stop();
  for (const peer of Object.values(peers)) await peer.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/// Runs `body(juliet, romeo, kind)` with both logged in over such a link.
function scenario(claim, body) {
  const number = accounts.length;
  const users = [`juliet${number}`, `romeo${number}`];
  accounts.push(...users);
  for (const kind of Object.keys(kinds))
    for (const way of ways)
      test(`${claim}, over ${way} to ${kind}`, async () => {
        const domain = domainOf(kind, way);
        const [juliet, romeo] = await Promise.all(
          users.map((user) => Resumable.login(server, user, domain)),
        );
        try {
          await checkSecure(domain);
          await body(juliet, romeo, kind);
        } catch (error) {
          error.message += `\n${server.log.split("\n").slice(-15).join("\n")}`;
          throw error;
        } finally {
          for (const client of [juliet, romeo]) await client.drop();
        }
      });
}

/// No link of this domain was plain.
async function checkSecure(domain) {
  const links = server.log
    .split("\n")
    .filter((x) => /upstream_connected/.test(x) && x.includes(domain));
  assert.ok(links.length >= 2);
  for (const link of links) assert.match(link, /secure=true/);
}

scenario("a client that loses its connection resumes", async (juliet, romeo, kind) => {
  romeo.say(juliet.jid, ...numbers(1, 3));
  await has(juliet, numbers(1, 3));
  for (let i = 0; i < 3; ++i) {
    const [first, last] = [100 * i + 4, 100 * i + 103];
    // Nobody knows what of this arrives before the end.
    juliet.answers = false;
    romeo.say(juliet.jid, ...numbers(first, last - 50));
    juliet.say(romeo.jid, ...numbers(100 * i + 1, 100 * i + 100));
    await juliet.drop();
    romeo.say(juliet.jid, ...numbers(last - 49, last));
    juliet.answers = true;
    await comesToRest(romeo, kind);
    await juliet.resume(server);
    await has(juliet, numbers(1, last));
    await has(romeo, numbers(1, 100 * i + 100));
    await hasAcks(juliet);
  }
});

scenario("a client resumes after kill -9", async (juliet, romeo, kind) => {
  romeo.say(juliet.jid, ...numbers(1, 40));
  juliet.say(romeo.jid, ...numbers(1, 40));
  await eventually("messages flow", () => juliet.received.length > 0);
  server.process.kill("SIGKILL");
  await server.exit;
  await Promise.all([juliet.ended, romeo.ended]);
  server.log = "";
  await server.start();
  await romeo.resume(server);
  romeo.say(juliet.jid, ...numbers(41, 60));
  await comesToRest(romeo, kind);
  await juliet.resume(server);
  await has(juliet, numbers(1, 60));
  await has(romeo, numbers(1, 40));
  await hasAcks(juliet);
  await hasAcks(romeo);
});
