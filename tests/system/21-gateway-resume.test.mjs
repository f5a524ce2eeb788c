// Sessions in Prosody and ejabberd that outlive their client's connection, and
// the process that they came through (XEP-0198 section 5; requirements G-20 to
// G-38).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { breakable } from "./support/peer_server.mjs";
import { kinds } from "./support/peers_gateway.mjs";
import { Resumable, comesToRest, has, hasAcks } from "./support/resumable.mjs";
import { Server, connections, eventually } from "./support/server.mjs";
import { Stream, closeElement, ns } from "./support/stream.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "causeway-key-"));
const key = path.join(folder, "sm.key");
// Users of their own for each scenario: what one leaves is not the next one's.
const accounts = ["nurse"];
const peers = {};
// Two processes with the same key in front of the same servers.
let here;
let there;
let config;

const numbers = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString("hex"), { mode: 0o600 });
  const domains = {};
  await Promise.all(
    Object.entries(kinds).map(async ([kind, Kind]) => {
      const domain = `${kind}.example`;
      peers[kind] = await Kind.start({ domains: [domain], accounts });
      domains[domain] = { upstream: [peers[kind].upstream("none")] };
    }),
  );
  config = { domains, stream: { management: { keys: [key] } } };
  here = new Server(config);
  there = new Server(config);
  await Promise.all([here.start(), there.start()]);
});

after(async () => {
  for (const socket of connections) socket.destroy();
  for (const server of [here, there]) await server?.stop();
  for (const peer of Object.values(peers)) await peer.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/// Runs `body(juliet, romeo)` with both logged in: one here, one there.
function scenario(claim, body) {
  const number = accounts.length;
  const users = [`juliet${number}`, `romeo${number}`];
  accounts.push(...users);
  for (const kind of Object.keys(kinds))
    test(`${claim}, in front of ${kind}`, async () => {
      const domain = `${kind}.example`;
      const juliet = await Resumable.login(here, users[0], domain);
      const romeo = await Resumable.login(there, users[1], domain);
      try {
        await body(juliet, romeo, kind);
      } catch (error) {
        for (const server of [here, there])
          error.message += `\n${server.log.split("\n").slice(-15).join("\n")}`;
        throw error;
      } finally {
        for (const client of [juliet, romeo]) await client.drop();
      }
    });
}

/// After everything else: both directions, in order, once.
async function checkFlow(juliet, romeo) {
  const [atJuliet, atRomeo] = [juliet, romeo].map((x) => [...x.received]);
  romeo.say(juliet.jid, "last");
  juliet.say(romeo.jid, "last");
  await has(juliet, [...atJuliet, "last"]);
  await has(romeo, [...atRomeo, "last"]);
  await hasAcks(juliet);
}

scenario("a client that loses its connection resumes", async (juliet, romeo, kind) => {
  assert.ok(juliet.max > 0 && juliet.max <= 600);
  romeo.say(juliet.jid, ...numbers(1, 3));
  await has(juliet, numbers(1, 3));
  // Nobody knows what of this arrives before the end.
  juliet.answers = false;
  romeo.say(juliet.jid, ...numbers(4, 8));
  juliet.say(romeo.jid, ...numbers(1, 20));
  await juliet.drop();
  romeo.say(juliet.jid, ...numbers(9, 30));
  juliet.answers = true;
  await comesToRest(romeo, kind);
  await juliet.resume(here);
  await has(juliet, numbers(1, 30));
  await has(romeo, numbers(1, 20));
  await checkFlow(juliet, romeo);
  // And again.
  await juliet.drop();
  romeo.say(juliet.jid, "away");
  await juliet.resume(here);
  await has(juliet, [...numbers(1, 30), "last", "away"]);
});

scenario("an iq comes again without delay, a message with", async (juliet, romeo) => {
  const iq = `<iq xmlns='jabber:client' type='get' id='again' ` +
    `to='${juliet.jid}'><ping xmlns='urn:xmpp:ping'/></iq>`;
  await juliet.drop();
  romeo.say(juliet.jid, "before");
  romeo.send(iq);
  romeo.say(juliet.jid, "behind");
  await hasAcks(romeo);
  juliet.stanzas = [];
  await juliet.resume(here);
  await has(juliet, ["before", "behind"]);
  // Its own presence may have been on its way, too.
  const came = juliet.stanzas.filter((x) => !x.startsWith("<presence"));
  const [before, again, behind] = came;
  assert.match(before, /^<message .*<delay [^>]*urn:xmpp:delay/s);
  assert.match(again, /^<iq .*id=['"]again['"].*urn:xmpp:ping/s);
  assert.doesNotMatch(again, /<delay/);
  assert.match(behind, /^<message .*<delay [^>]*urn:xmpp:delay/s);
  assert.equal(came.length, 3);
  await checkFlow(juliet, romeo);
});

scenario("a client resumes through another process", async (juliet, romeo, kind) => {
  romeo.say(juliet.jid, ...numbers(1, 5));
  juliet.say(romeo.jid, ...numbers(1, 5));
  await juliet.drop();
  romeo.say(juliet.jid, ...numbers(6, 10));
  await comesToRest(romeo, kind);
  await juliet.resume(there);
  await has(juliet, numbers(1, 10));
  await has(romeo, numbers(1, 5));
  await checkFlow(juliet, romeo);
});

scenario("a client resumes after kill -9", async (juliet, romeo, kind) => {
  romeo.say(juliet.jid, ...numbers(1, 40));
  juliet.say(romeo.jid, ...numbers(1, 40));
  await eventually("messages flow", () => juliet.received.length > 0);
  here.process.kill("SIGKILL");
  await here.exit;
  await juliet.ended;
  romeo.say(juliet.jid, ...numbers(41, 60));
  here.log = "";
  await here.start();
  await comesToRest(romeo, kind);
  await juliet.resume(here);
  await has(juliet, numbers(1, 60));
  await has(romeo, numbers(1, 40));
  await checkFlow(juliet, romeo);
});

scenario("a client resumes after its link broke", async (juliet, romeo, kind) => {
  const way = await breakable(peers[kind].ports.c2s);
  const upstream = [{ address: way.address, tls: "none" }];
  const domains = { [juliet.domain]: { upstream } };
  const server = new Server({ ...config, domains });
  await server.start();
  try {
    await juliet.drop();
    await juliet.resume(server);
    for (let i = 0; i < 5; ++i) {
      romeo.say(juliet.jid, ...numbers(20 * i + 1, 20 * i + 20));
      juliet.say(romeo.jid, ...numbers(20 * i + 1, 20 * i + 20));
      await eventually("messages flow", () => juliet.received.length > 20 * i);
      way.breakAll();
      assert.match(await juliet.ended, /close frame 1012/);
      await juliet.resume(server);
    }
    await has(juliet, numbers(1, 100));
    await has(romeo, numbers(1, 100));
    await checkFlow(juliet, romeo);
    await juliet.drop();
  } finally {
    await server.stop();
  }
});

scenario("a stop in order keeps sessions too", async (juliet, romeo) => {
  romeo.say(juliet.jid, ...numbers(1, 5));
  await has(juliet, numbers(1, 5));
  here.process.kill("SIGTERM");
  assert.equal(await here.ended(), 0);
  assert.match(await juliet.ended, /close frame 1012/);
  romeo.say(juliet.jid, ...numbers(6, 9));
  here.log = "";
  await here.start();
  await juliet.resume(here);
  await has(juliet, numbers(1, 9));
  await checkFlow(juliet, romeo);
});

async function losesToAnother(juliet, ended) {
  assert.match(await ended, /close frame 1000/);
  assert.match(juliet.nonzas.at(-2), /^<stream:error.*<conflict /s);
  assert.match(juliet.nonzas.at(-1), /^<close /);
}

scenario("a connection that is still here makes way", async (juliet, romeo) => {
  const { ended } = juliet;
  await juliet.resume(here);
  await losesToAnother(juliet, ended);
  await checkFlow(juliet, romeo);
});

scenario("so does one of another node", async (juliet, romeo, kind) => {
  const { ended } = juliet;
  await juliet.resume(there);
  // Prosody says no word to the old connection.
  if (kind === "prosody") assert.match(await ended, /close frame 1012/);
  else await losesToAnother(juliet, ended);
  await checkFlow(juliet, romeo);
});

scenario("what an old connection still sends comes once", async (juliet, romeo) => {
  let sent = 0;
  const flow = setInterval(() => {
    for (let i = 0; i < 10; ++i) juliet.say(romeo.jid, `${++sent}`);
  }, 1);
  for (let i = 0; i < 10; ++i) {
    const stream = await juliet.connect(here);
    const before = romeo.received.length;
    await eventually("it flows", () => romeo.received.length > before + 50);
    await juliet.resumeOver(stream);
  }
  clearInterval(flow);
  await has(romeo, numbers(1, sent));
});

scenario("of racing resumptions one has the session", async (juliet, romeo) => {
  await juliet.drop();
  const racers = await Promise.all([
    juliet.connect(here),
    juliet.connect(there),
  ]);
  const texts = racers.map(() => []);
  const reading = racers.map(async (stream, i) => {
    texts[i].push(await juliet.tryResume(stream));
    for (;;) texts[i].push(await stream.next());
  });
  const ends = [];
  for (const [i, x] of reading.entries())
    x.catch((error) => (ends[i] = error.message));
  await eventually("both are answered", () => texts.every((x) => x.length));
  romeo.say(juliet.jid, "whose");
  const winner = await eventually("one gets a message", () =>
    [0, 1].find((i) => texts[i].some((x) => x.includes("whose"))) + 1,
  );
  const loser = 2 - winner;
  const refused = texts[loser][0].startsWith("<failed ");
  if (!refused)
    await eventually("the other one ends", () => ends[loser] !== undefined);
  assert.ok(!texts[loser].some((x) => x.includes("whose")));
  assert.equal(ends[winner - 1], undefined);
  for (const stream of racers) stream.wire.cut();
});

scenario("nobody resumes what is not theirs", async (juliet, romeo) => {
  await juliet.drop();
  const thief = await juliet.connect(here, "nurse");
  const answer = await juliet.tryResume(thief);
  assert.match(answer, /^<failed .*<item-not-found /s);
  // The stream goes on.
  await thief.bind();
  thief.send(closeElement);
  const stranger = await juliet.connect(here);
  for (const id of ["", "garbage", juliet.id.slice(0, -4) + "AAAA"])
    assert.match(
      await juliet.tryResume(stranger, id),
      /^<failed .*<item-not-found /s,
    );
  stranger.wire.cut();
  await juliet.resume(here);
  await checkFlow(juliet, romeo);
});

/// What comes until the stream ends, that included.
async function untilEnd(stream) {
  const texts = [];
  for (;;)
    try {
      texts.push(await stream.next());
    } catch (error) {
      return [...texts, error.message];
    }
}

async function isNotFound(juliet) {
  const stream = await juliet.connect(here);
  const answer = await juliet.tryResume(stream);
  assert.match(answer, /^<failed .*<item-not-found /s);
  stream.wire.cut();
}

/// The one message that a session had when it ended: Prosody stores it for the
/// next session, ejabberd tells its sender.
async function isNotLost(body, juliet, romeo, kind) {
  if (kind === "prosody") {
    const next = await Resumable.login(here, juliet.user, juliet.domain);
    await has(next, [body]);
    await next.drop();
    return;
  }
  const isError = /^<message (?=[^>]*type=['"]error)[^>]*id=['"]romeo\d+-1['"]/;
  await eventually("its sender hears of it", () =>
    romeo.stanzas.some((x) => isError.test(x)),
  );
}

scenario("an h beyond what was sent resumes nothing", async (juliet, romeo, kind) => {
  await juliet.drop();
  romeo.stanzas = [];
  romeo.say(juliet.jid, "away");
  await hasAcks(romeo);
  const stream = await juliet.connect(here);
  stream.send(`<resume xmlns='${ns.sm}' previd='${juliet.id}' h='1000'/>`);
  const texts = await untilEnd(stream);
  // Prosody breaks off, ejabberd names the fault.
  assert.match(texts.at(-1), /close frame 10(00|12)/);
  assert.doesNotMatch(texts.join(), /<resumed|<body>/);
  await isNotFound(juliet);
  await isNotLost("away", juliet, romeo, kind);
});

scenario("an h that is no number ends the stream alone", async (juliet, romeo) => {
  await juliet.drop();
  romeo.say(juliet.jid, "away");
  for (const h of ["", " h='x'", " h='-1'", " h='4294967296'"]) {
    const stream = await juliet.connect(here);
    stream.send(`<resume xmlns='${ns.sm}' previd='${juliet.id}'${h}/>`);
    await stream.expectError("undefined-condition");
  }
  await juliet.resume(here);
  await has(juliet, ["away"]);
  await checkFlow(juliet, romeo);
});

scenario("an ack beyond what was sent ends the session", async (juliet, romeo) => {
  juliet.answers = false;
  romeo.say(juliet.jid, "unacked");
  await has(juliet, ["unacked"]);
  juliet.stream.send(`<a xmlns='${ns.sm}' h='1000'/>`);
  assert.match(await juliet.ended, /close frame 1000/);
  assert.match(
    juliet.nonzas.at(-2),
    /^<stream:error.*<undefined-condition .*<handled-count-too-high [^>]*h='1000' send-count='\d'/s,
  );
  assert.match(juliet.nonzas.at(-1), /^<close /);
  await isOver(juliet);
  await isNotFound(juliet);
});

const flatten = (tree) => [tree, ...(tree.children ?? []).flatMap(flatten)];

/// The client hears `<close/>` at once; the server behind has ended its stream
/// when the link has, and the session with it.
const isOver = ({ jid }) =>
  eventually(`the session of ${jid} is over`, async () => {
    const { tree } = await here.query("actors");
    return !flatten(tree).some(({ fields }) => fields?.jid === jid);
  });

scenario("a closed stream is not resumed", async (juliet) => {
  juliet.stream.send(closeElement);
  await juliet.ended;
  await isOver(juliet);
  const stream = await juliet.connect(here);
  const answer = await juliet.tryResume(stream);
  assert.match(answer, /^<failed .*<item-not-found /s);
  await stream.bind();
  assert.match(await enable(stream), /^<enabled .*resume=.true/);
  await stream.close();
});

scenario("resumption is for after login and before bind", async (juliet) => {
  const resume = `<resume xmlns='${ns.sm}' previd='${juliet.id}' h='0'/>`;
  const stream = await Stream.connect(here.ws);
  await stream.open(juliet.domain);
  stream.send(resume);
  await stream.expect(/^<failed .*<unexpected-request /s);
  await stream.authenticate(juliet.user);
  await stream.open(juliet.domain);
  await stream.bind();
  stream.send(resume);
  await stream.expect(/^<failed .*<unexpected-request /s);
  await stream.close();
});

function enable(stream) {
  stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
  return stream.until(/^<enabled/);
}
