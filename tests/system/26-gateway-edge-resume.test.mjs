// Sessions in servers that cannot resume them, held here for their client
// (requirements G-04): a Prosody and an ejabberd without Stream Management, and
// an ejabberd whose Stream Management has no resumption.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { Ejabberd } from "./support/ejabberd.mjs";
import { breakable } from "./support/peer_server.mjs";
import { Prosody } from "./support/prosody.mjs";
import { Resumable, has, hasAcks } from "./support/resumable.mjs";
import { Server, connections, eventually } from "./support/server.mjs";
import { closeElement, ns } from "./support/stream.mjs";

const kinds = {
  prosody: [Prosody, { active: false }],
  ejabberd: [Ejabberd, { active: false }],
  counting: [Ejabberd, { wait: 0 }],
};
// Users of their own for each scenario: what one leaves is not the next one's.
const accounts = ["nurse"];
const peers = {};
/// Holds sessions; holds them for three seconds; holds none.
let holding;
let brief;
let plain;

const numbers = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

const domainsWith = (entry) =>
  Object.fromEntries(
    Object.entries(peers).map(([kind, peer]) => [
      `${kind}.example`,
      { upstream: [peer.upstream("none")], ...entry },
    ]),
  );

before(async () => {
  await Promise.all(
    Object.entries(kinds).map(async ([kind, [Kind, management]]) => {
      const domains = [`${kind}.example`];
      peers[kind] = await Kind.start({ domains, accounts, management });
    }),
  );
  const domains = domainsWith({ edgeResume: true });
  holding = new Server({ domains });
  const stream = { management: { resumeTimeout: "3s" } };
  brief = new Server({ domains, stream });
  plain = new Server({ domains: domainsWith({}) });
  await Promise.all([holding, brief, plain].map((x) => x.start()));
});

after(async () => {
  for (const socket of connections) socket.destroy();
  for (const server of [holding, brief, plain]) await server?.stop();
  for (const peer of Object.values(peers)) await peer.stop();
});

/// Runs `body(juliet, romeo, kind)` with both logged in, juliet at `server()`.
function scenario(claim, body, server = () => holding) {
  const number = accounts.length;
  const users = [`juliet${number}`, `romeo${number}`];
  accounts.push(...users);
  for (const kind of Object.keys(kinds))
    test(`${claim}, in front of ${kind}`, async () => {
      const domain = `${kind}.example`;
      const juliet = await Resumable.login(server(), users[0], domain);
      const romeo = await Resumable.login(holding, users[1], domain);
      try {
        await body(juliet, romeo, kind);
      } catch (error) {
        error.message += `\n${server().log.split("\n").slice(-15).join("\n")}`;
        throw error;
      } finally {
        for (const client of [juliet, romeo]) {
          client.stream.send(closeElement);
          await client.drop();
        }
      }
    });
}

const counters = async (server) => (await server.query("status")).counters;

const rowOf = async (server, { jid }) =>
  (await server.query("sessions")).sessions.find((x) => x.jid === jid);

/// Whoever `from` has told that it is there hears that it is gone.
const hearsEndOf = (client, { jid }) =>
  eventually(`${client.user} hears that ${jid} is gone`, () =>
    client.others.some(
      (x) =>
        /^<presence .*type=['"]unavailable['"]/s.test(x) &&
        x.slice(0, x.indexOf(">")).includes(jid),
    ),
  );

const appear = (client, { jid }) =>
  client.send(`<presence xmlns='jabber:client' to='${jid}'/>`);

async function expectNotFound(client, server, user) {
  const stream = await client.connect(server, user);
  const answer = await client.tryResume(stream);
  assert.match(answer, /^<failed xmlns=.urn:xmpp:sm:3.><item-not-found /);
  return stream;
}

async function enable(stream) {
  stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
  return stream.until(/^<enabled/);
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

scenario("a client that loses its connection resumes", async (juliet, romeo) => {
  assert.ok(juliet.max > 0 && juliet.max <= 600);
  assert.equal((await rowOf(holding, juliet)).resume, "edge");
  await holding.logged(new RegExp(`sm_edge_held .*${juliet.jid}`));
  appear(juliet, romeo);
  romeo.say(juliet.jid, ...numbers(1, 3));
  await has(juliet, numbers(1, 3));
  // Nobody knows what of this arrives before the end.
  juliet.answers = false;
  romeo.say(juliet.jid, ...numbers(4, 8));
  juliet.say(romeo.jid, ...numbers(1, 20));
  await juliet.drop();
  romeo.say(juliet.jid, ...numbers(9, 200));
  await eventually("the session waits", async () => {
    const row = await rowOf(holding, juliet);
    return row.state === "parked" && row.unacked > 150;
  });
  juliet.answers = true;
  await juliet.resume(holding);
  await has(juliet, numbers(1, 200));
  await has(romeo, numbers(1, 20));
  await checkFlow(juliet, romeo);
  // And again.
  await juliet.drop();
  romeo.say(juliet.jid, "away");
  await juliet.resume(holding);
  await has(juliet, [...numbers(1, 200), "last", "away"]);
  assert.ok(!romeo.others.some((x) => /type=['"]unavailable/.test(x)));
});

scenario("a connection that is still there makes way", async (juliet, romeo) => {
  const { ended } = juliet;
  await juliet.resume(holding);
  assert.match(await ended, /close frame 1000/);
  assert.match(juliet.nonzas.at(-2), /^<stream:error.*<conflict /s);
  assert.match(juliet.nonzas.at(-1), /^<close /);
  await checkFlow(juliet, romeo);
});

scenario("nobody resumes what is not theirs", async (juliet, romeo) => {
  await juliet.drop();
  const thief = await expectNotFound(juliet, holding, "nurse");
  // The stream goes on.
  await thief.bind();
  thief.send(closeElement);
  // Another process with the same id knows nothing of the session.
  (await expectNotFound(juliet, brief)).wire.cut();
  await juliet.resume(holding);
  await checkFlow(juliet, romeo);
});

scenario(
  "after the wait the server hears that the client is gone",
  async (juliet, romeo, kind) => {
    const before = await counters(brief);
    appear(juliet, romeo);
    await hasAcks(juliet);
    await juliet.drop();
    romeo.say(juliet.jid, ...numbers(1, 3));
    await hearsEndOf(romeo, juliet);
    const now = await counters(brief);
    assert.equal(now.sessions_expired, before.sessions_expired + 1);
    // Who sent them hears of it, so nothing is lost.
    const told = kind === "counting" ? 0 : 3;
    assert.equal(now.stanzas_bounced, before.stanzas_bounced + told);
    assert.equal(now.edge_stanzas_lost, before.edge_stanzas_lost);
    if (told)
      await eventually("errors", () =>
        romeo.others.filter((x) => x.includes("<recipient-unavailable"))
          .length === told,
      );
    const stream = await expectNotFound(juliet, brief);
    await stream.bind();
    assert.match(await enable(stream), /resume=.true/);
    await stream.close();
  },
  () => brief,
);

scenario("a session ends with its stream to the server", async (juliet, romeo, kind) => {
  const way = await breakable(peers[kind].ports.c2s);
  const upstream = [{ address: way.address, tls: "none" }];
  const domains = { [juliet.domain]: { upstream, edgeResume: true } };
  const server = new Server({ domains });
  await server.start();
  try {
    const away = await Resumable.login(server, juliet.user, juliet.domain);
    await away.drop();
    await server.logged(/stream_parked/);
    const there = await Resumable.login(server, romeo.user, romeo.domain);
    way.breakAll();
    assert.match(await there.ended, /close frame 1012/);
    await eventually("both have ended", async () =>
      (await counters(server)).sessions_ended === 2,
    );
    for (const client of [away, there])
      (await expectNotFound(client, server)).wire.cut();
  } finally {
    await server.stop();
  }
});

scenario("a stop in order ends what is held", async (juliet, romeo) => {
  const server = new Server({ domains: domainsWith({ edgeResume: true }) });
  await server.start();
  const away = await Resumable.login(server, juliet.user, juliet.domain);
  appear(away, romeo);
  await hasAcks(away);
  await away.drop();
  await server.logged(/stream_parked/);
  server.process.kill("SIGTERM");
  assert.equal(await server.ended(), 0);
  await hearsEndOf(romeo, away);
  server.log = "";
  await server.start();
  (await expectNotFound(away, server)).wire.cut();
  await server.stop();
});

scenario("no resumption is granted by default", async (juliet, romeo) => {
  const stream = await juliet.connect(plain);
  await stream.bind();
  assert.doesNotMatch(await enable(stream), /resume|id=/);
  stream.send(`<presence xmlns='jabber:client' to='${romeo.jid}'/>`);
  await eventually("romeo sees juliet", () =>
    romeo.others.some((x) => x.slice(0, x.indexOf(">")).includes(stream.jid)),
  );
  stream.wire.cut();
  await hearsEndOf(romeo, stream);
});
