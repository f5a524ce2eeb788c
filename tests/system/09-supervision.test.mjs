// One actor kind after the other is killed under load. Only what the
// supervision table (actors/README.md) says is lost, and log, counter and wire
// say so. Needs a build with CAUSEWAY_TEST_HOOKS.
import assert from "node:assert/strict";
import test from "node:test";
import { Pair } from "./support/pair.mjs";
import { Stream } from "./support/stream.mjs";
import { eventually, withServer } from "./support/server.mjs";

const accounts = ["a", "b", "c", "d"];

const flatten = (tree) => [tree, ...(tree.children ?? []).flatMap(flatten)];

/// Kills the actor of this kind that belongs to the session of `stream`.
async function killPart(server, stream, kind) {
  const { tree } = await server.query("actors");
  const session = flatten(tree).find(
    (actor) => actor.kind === "session" && actor.fields.jid === stream.jid,
  );
  const victim =
    kind === "session"
      ? session
      : session.children.find((actor) => actor.kind === kind);
  const answer = await server.ctl(["kill", "--id", `${victim.id}`]);
  assert.equal(answer.code, 0, answer.stderr);
}

const failures = async (server) =>
  (await server.query("status")).counters.actors_failed;

/// Kills a part of the session that receives; the other pair must not notice.
/// Returns the pair that was hit.
async function hitReceiver(server, kind) {
  const pair = await Pair.start(server, "a", "b");
  const other = await Pair.start(server, "c", "d");
  await pair.progress();
  await other.progress();
  await killPart(server, pair.receiver, kind);
  const name = kind.replace("local_", "");
  await server.logged(new RegExp(`actor_failed .*kind=${name}`));
  await pair.progress();
  await other.progress();
  await pair.finish();
  await other.finish();
  other.assertUnharmed();
  assert.equal(await failures(server), 1);
  return pair;
}

test("a parser that dies idle is replaced and nothing is lost", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitReceiver(server, "parser");
    pair.assertUnharmed();
    const { counters } = await server.query("status");
    assert.equal(counters.parsers_replaced, 1);
  }));

test("a parser that dies at work costs at most its own stream", () =>
  withServer({ accounts }, async (server) => {
    const pair = await Pair.start(server, "a", "b");
    const other = await Pair.start(server, "c", "d");
    await pair.progress();
    await killPart(server, pair.sender, "parser");
    await server.logged(/actor_failed .*kind=parser/);
    await other.progress();
    if (pair.senderError)
      assert.match(pair.senderError, /<internal-server-error /);
    else await pair.progress();
    await pair.finish();
    assert.deepEqual(pair.bounced, []);
    await other.finish();
    other.assertUnharmed();
  }));

test("a connection that dies ends its stream, unacked messages come again", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitReceiver(server, "connection");
    await pair.assertReturned();
    assert.match(pair.receiverEnd, /without close frame/);
    assert.equal(pair.receiverError, undefined);
  }));

test("a tracker that dies ends its stream, unacked messages come again", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitReceiver(server, "tracker");
    await pair.assertReturned();
    assert.match(pair.receiverError, /<internal-server-error /);
    assert.match(pair.receiverEnd, /close frame 1000/);
  }));

test("a link that dies cuts the WebSocket without closing the stream", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitReceiver(server, "local_link");
    await pair.assertReturned();
    assert.equal(pair.receiverError, undefined);
    assert.match(pair.receiverEnd, /close frame 1011/);
  }));

test("a session that dies ends its stream alone", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitReceiver(server, "session");
    await pair.assertReturned({ ordered: false });
    assert.match(pair.receiverError, /<internal-server-error /);
    assert.match(pair.receiverEnd, /close frame 1011/);
  }));

/// Kills a node-wide actor under load; both pairs must go on, and a new client
/// must get in. Returns a pair.
async function hitNode(server, kind) {
  const pair = await Pair.start(server, "a", "b");
  await pair.progress();
  // The admin may die before it can answer for its own end.
  await server.ctl(["kill", "--kind", kind]);
  await server.logged(new RegExp(`actor_restarted .*kind=${kind}`));
  await pair.progress();
  const { listeners, counters } = await eventually(
    "the node answers",
    async () => {
      const answer = await server.ctl(["status", "--json"]);
      return answer.code === 0 && JSON.parse(answer.stdout);
    },
  );
  assert.ok(counters.actors_failed >= 1);
  for (const { url } of listeners) {
    const { certificate } = server;
    const fresh = await Stream.login(server, "c", { url, certificate });
    await fresh.ping();
    await fresh.close();
  }
  await pair.finish();
  assert.equal(pair.senderEnd, undefined);
  assert.equal(pair.receiverEnd, undefined);
  return pair;
}

for (const kind of [
  ...["config_store", "account_store", "offline_store", "domain"],
  ...["session_supervisor", "listener", "admin"],
])
  test(`${kind} restarts and no stream notices`, () =>
    withServer({ accounts }, async (server) => {
      const pair = await hitNode(server, kind);
      pair.assertUnharmed();
    }));

test("the router restarts, and what it held comes back", () =>
  withServer({ accounts }, async (server) => {
    const pair = await hitNode(server, "router");
    const bounced = new Set(pair.bounced);
    assert.equal(pair.delivered.length + bounced.size, pair.sent);
    assert.ok(pair.delivered.every((n) => !bounced.has(n)));
  }));

test("a session supervisor that restarts still ends all sessions", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "a");
    await server.ctl(["kill", "--kind", "session_supervisor"]);
    await server.logged(/actor_restarted .*kind=session_supervisor/);
    assert.equal((await server.query("status")).sessions, 1);
    server.process.kill("SIGTERM");
    await stream.expectError("system-shutdown");
    assert.equal(await server.ended(), 0);
    server.expectedToEnd = true;
  }));

test("without its registry the node stops and says why", () =>
  withServer({ accounts }, async (server) => {
    const pair = await Pair.start(server, "a", "b");
    await pair.progress();
    await server.ctl(["kill", "--kind", "registry"]);
    assert.equal(await server.ended(), 1);
    assert.match(server.log, /node_failed .*registry/);
    server.checkSanitizers();
    server.expectedToEnd = true;
  }));
