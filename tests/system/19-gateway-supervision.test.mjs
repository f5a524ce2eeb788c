// Gateway streams whose parts die, whose client goes, or whose node stops.
// Needs a build with CAUSEWAY_TEST_HOOKS.
import assert from "node:assert/strict";
import test from "node:test";
import {
  domain,
  login as playLogin,
  silent,
  stay,
} from "./support/fake_upstream.mjs";
import { begin, login, withFakes } from "./support/gateway.mjs";

/// Long enough for a test, and for the look at the start to give up.
const gateway = { connectTimeout: "2s" };

const flatten = (tree) => [tree, ...(tree.children ?? []).flatMap(flatten)];

/// Kills the upstream_link of this stream, or the first actor of a kind.
async function kill(server, kind, jid) {
  const { tree } = await server.query("actors");
  const within = jid
    ? flatten(tree).find((x) => x.kind === "session" && x.fields.jid === jid)
    : tree;
  const { id } = flatten(within).find((x) => x.kind === kind);
  const answer = await server.ctl(["kill", "--id", `${id}`]);
  assert.equal(answer.code, 0, answer.stderr);
}

test("a link that dies cuts its own WebSocket alone", async () => {
  const echo = async (peer) => {
    await playLogin(peer);
    for (;;) peer.send((await peer.expect(/<iq .*?<\/iq>/s))[0]);
  };
  await withFakes([echo], {}, async (server, [fake]) => {
    const stream = await login(server, "romeo");
    const other = await login(server, "juliet");
    await kill(server, "upstream_link", stream.jid);
    await stream.expectClose(1011);
    await server.logged(/actor_failed .*kind=link/);
    await fake.peers[0].ended();
    other.send("<iq xmlns='jabber:client' type='get' id='1'><x/></iq>");
    await other.expect(/^<iq /);
  });
});

test("the actor of a domain restarts, and no stream notices", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    const stream = await login(server, "romeo");
    await kill(server, "upstream");
    await server.logged(/actor_restarted .*kind=upstream/);
    fake.peers[0].send("<message id='1'/>");
    await stream.expect(/^<message /);
    const { jid } = await login(server, "juliet");
    assert.equal(jid, `juliet@${domain}/r`);
  }));

test("a client that goes takes the connect under way with it", () =>
  withFakes([silent], { gateway }, async (server, [fake]) => {
    const stream = await begin(server);
    await fake.accepted(1);
    stream.wire.cut();
    await fake.peers[0].ended();
  }));

/// Stops the node; both sides of `stream` must end in order.
async function stopWith(server, stream, fake, isOpen) {
  server.process.kill("SIGTERM");
  if (!isOpen) await stream.expect(/^<open /);
  await stream.expectError("system-shutdown");
  await fake.peers[0].ended();
  assert.match(fake.peers[0].unread, /<\/stream:stream>$/);
  assert.equal(await server.ended(), 0);
  server.expectedToEnd = true;
}

test("a stop ends streams on both sides", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    await stopWith(server, await login(server), fake, true);
  }));

test("a stop ends a connect under way", () =>
  withFakes([silent], { gateway }, async (server, [fake]) => {
    const stream = await begin(server);
    await fake.accepted(1);
    await stopWith(server, stream, fake, false);
  }));
