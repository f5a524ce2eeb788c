// Random edits of the configuration, good and bad, while clients talk. What
// must hold: no good edit ends a stream, no bad one changes anything, and the
// number of the configuration in force is that of the good ones.
//
//   node tests/system/reload/edits.mjs [--edits N] [--clients N] [--seed N]
//     [--pause MS]
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { Pair } from "../support/pair.mjs";
import {
  config, control, generation, inForce, replace, urls,
} from "../support/reload.mjs";
import { eventually, withServer } from "../support/server.mjs";

/// Numbers that a seed decides (mulberry32).
function randomFrom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

const section = (content, ...names) =>
  names.reduce((at, name) => (at[name] ??= {}), content);

/// Each changes a content for good. `n(below)` is a random number.
const good = {
  unsolicitedAckFrequency: (x, n) =>
    (section(x, "stream", "management").unsolicitedAckFrequency = n(12) - 1),
  unsolicitedAckBytes: (x, n) =>
    (section(x, "stream", "management").unsolicitedAckBytes = n(3) * 500),
  unsolicitedAckInterval: (x, n) =>
    (section(x, "stream", "management").unsolicitedAckInterval = `${n(300)}ms`),
  requestFrequency: (x, n) =>
    (section(x, "stream", "management").requestFrequency = n(20)),
  requestIdle: (x, n) =>
    (section(x, "stream", "management").requestIdle = `${50 + n(2000)}ms`),
  requestAge: (x, n) =>
    (section(x, "stream", "management").requestAge = `${n(5)}s`),
  maxUnacked: (x, n) =>
    (section(x, "stream", "management").maxUnacked = 40 + n(10_000)),
  maxUnackedBytes: (x, n) =>
    (section(x, "stream", "management").maxUnackedBytes = `${4 + n(20)}MiB`),
  resumeTimeout: (x, n) =>
    (section(x, "stream", "management").resumeTimeout = `${n(900)}s`),
  resumeTimeoutOfDomain: (x, n) =>
    (x.domains.localhost.resumeTimeout = `${n(900)}s`),
  maxParked: (x, n) =>
    (section(x, "stream", "management").maxParked = 1 + n(1000)),
  maxDepth: (x, n) => (section(x, "stream", "limits").maxDepth = 8 + n(100)),
  maxTags: (x, n) => (section(x, "stream", "limits").maxTags = 16 + n(1000)),
  maxAuthFailures: (x, n) => (section(x, "stream").maxAuthFailures = 1 + n(9)),
  validateHost: (x, n) => (section(x, "stream").validateHost = n(2) === 0),
  maxMessage: (x, n) => (section(x, "websocket").maxMessage = `${64 + n(900)}KiB`),
  pingInterval: (x, n) => (section(x, "websocket").pingInterval = `${5 + n(60)}s`),
  idleTimeout: (x, n) => (section(x, "websocket").idleTimeout = `${1 + n(9)}m`),
  closeTimeout: (x, n) => (section(x, "websocket").closeTimeout = `${1 + n(9)}s`),
  maxWriteQueue: (x, n) =>
    (section(x, "websocket").maxWriteQueue = `${2 + n(9)}MiB`),
  maxConnectionsPerAddress: (x, n) =>
    (section(x, "websocket").maxConnectionsPerAddress = 1000 + n(1000)),
  origins: (x, n) =>
    (section(x, "websocket").origins = ["same-host", `https://o${n(9)}.example`]),
  maxSessions: (x, n) => (section(x, "node").maxSessions = 10_000 + n(1000)),
  stopGrace: (x, n) => (section(x, "node").stopGrace = `${1 + n(9)}s`),
  threads: (x, n) => (section(x, "node").threads = 1 + n(8)),
  domain: (x, n) => {
    const name = `d${n(5)}.example`;
    if (x.domains[name]) delete x.domains[name];
    else x.domains[name] = { conflict: "refuse-new" };
  },
  maxResources: (x, n) => (x.domains.localhost.maxResources = 32 + n(100)),
  upstream: (x, n) =>
    (x.domains[`gw${n(3)}.example`] = {
      upstream: [{ address: "127.0.0.1:9", tls: "none", weight: n(5) }],
    }),
  listener: (x, n) => {
    if (x.listeners.length > 2 + n(4)) x.listeners.pop();
    else if (n(2)) x.listeners.push({ address: "127.0.0.1:0" });
    else x.listeners.push({ address: "127.0.0.1:0", tls: "development" });
  },
};

/// Texts that are no content.
const broken = {
  syntax: (x) => `${JSON.stringify(x)}}`,
  cut: (x) => JSON.stringify(x).slice(0, -20),
  nothing: () => "listeners: []",
};

/// Each makes a content bad.
const bad = {
  unknown: (x) => (section(x, "websocket").maxMesage = "1MiB"),
  type: (x) => (section(x, "stream", "management").maxUnacked = "many"),
  range: (x) => (section(x, "websocket").maxMessage = 5),
  rule: (x) => {
    section(x, "stream", "management").maxUnacked = 3;
    section(x, "stream", "management").requestFrequency = 4;
  },
  public: (x) => x.listeners.push({ address: "0.0.0.0:0" }),
  certificate: (x) =>
    x.listeners.push({
      address: "127.0.0.1:0",
      tls: { certificate: "none.pem", key: "none.key" },
    }),
  key: (x) => (section(x, "stream", "management").keys = ["config.yaml"]),
  busy: (x, n, { port }) => x.listeners.push({ address: `127.0.0.1:${port}` }),
};

const pick = (list, n) => {
  const names = Object.keys(list);
  return names[n(names.length)];
};

/// Tells what must not differ after a bad edit.
async function picture(server) {
  const { generation, yaml } = await inForce(server);
  return { generation, yaml, urls: (await urls(server)).sort() };
}

/// Writes the file and has the server notice it, in one of three ways; returns
/// once it has.
async function trigger(server, way, text) {
  if (way === "causewayctl") {
    replace(server.config, text);
    return config(server, "reload");
  }
  const line = new RegExp(
    `config_(reloaded|same|refused) .*trigger=${way} .*\\n`, "g");
  const count = () => (server.log.match(line) ?? []).length;
  const before = count();
  replace(server.config, text);
  if (way === "SIGHUP") server.process.kill("SIGHUP");
  await eventually(`the server has noticed by ${way}`, () => count() > before);
}

/// Makes so many edits; returns how many were good.
export async function makeEdits(server, { edits: count, seed }) {
  const n = randomFrom(seed);
  const occupied = net.createServer().listen(0, "127.0.0.1");
  await once(occupied, "listening");
  const port = occupied.address().port;
  let accepted = 0;
  let expected = await generation(server);
  const first = expected;
  let current = server.content;
  let text = JSON.stringify(current, null, 2);
  try {
    for (let i = 0; i < count; ++i) {
      const isGood = n(3) > 0;
      const edits = isGood ? good : n(4) > 0 ? bad : broken;
      const name = pick(edits, n);
      const content = structuredClone(current);
      const made = edits[name](content, n, { port });
      const written =
        edits === broken ? made : JSON.stringify(content, null, 2);
      const isNew = written !== text;
      const unchanged = isGood ? undefined : await picture(server);
      const way = n(20) === 0 ? "file" : ["causewayctl", "SIGHUP"][n(2)];
      const what = `edit ${i} of seed ${seed}: ${isGood ? "" : "bad "}${name}`;
      if (way === "file" && !isNew) continue;
      const answer = await trigger(server, way, written);
      if (isGood) {
        if (way === "causewayctl")
          assert.ok(answer.accepted, `${what}: ${JSON.stringify(answer)}`);
        if (isNew) ++expected;
        accepted += isNew ? 1 : 0;
        current = content;
        text = written;
        assert.equal(await generation(server), expected, what);
      } else {
        assert.deepEqual(await picture(server), unchanged, what);
      }
    }
  } finally {
    occupied.close();
  }
  server.content = current;
  // The watch has nothing to add.
  replace(server.config, text);
  await config(server, "reload");
  assert.equal(await generation(server), first + accepted);
  return accepted;
}

export const accountsFor = (clients) =>
  Array.from({ length: clients }, (_, i) => `user${i}`);

/// All of it: clients in pairs, edits, and the reckoning at the end.
export async function run({ edits, clients, seed, pause = 0 }) {
  const accounts = accountsFor(clients);
  const domains = { localhost: { scramIterations: 4096 } };
  let accepted;
  await withServer({ config: { domains } }, async (server) => {
    for (const name of accounts) {
      const jid = `${name}@localhost`;
      const request = { command: "account", verb: "add", jid };
      const { error } = await control(server, { ...request, password: "secret" });
      assert.equal(error, undefined);
    }
    const pairs = [];
    for (let i = 0; i + 1 < clients; i += 2)
      pairs.push(
        await Pair.start(server, accounts[i], accounts[i + 1], { pause }));
    accepted = await makeEdits(server, { edits, seed });
    for (const pair of pairs) await pair.progress(5);
    for (const pair of pairs) await pair.finish();
    for (const pair of pairs) pair.assertUnharmed();
    const { counters } = await server.query("status");
    assert.equal(counters.actors_failed, 0);
    assert.equal(counters.stream_errors, 0);
    const sent = pairs.reduce((sum, pair) => sum + pair.sent, 0);
    console.log(
      `${edits} edits, ${accepted} accepted, ${clients} clients, ` +
        `${sent} messages, none lost, no stream ended`,
    );
  });
  return accepted;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      edits: { type: "string", default: "1000" },
      clients: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      pause: { type: "string", default: "500" },
    },
  });
  await run({
    edits: Number(values.edits),
    clients: Number(values.clients),
    seed: Number(values.seed),
    pause: Number(values.pause),
  });
}
