// causewayctl while the server works: accounts, status, actors, sessions.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream } from "./support/stream.mjs";
import { eventually, withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];

/// Every actor of the tree, as a flat list.
function flatten(tree) {
  return [tree, ...(tree.children ?? []).flatMap(flatten)];
}

test("accounts are added once, listed and removed", () =>
  withServer({ accounts }, async (server) => {
    const listed = async () => (await server.query("account", "list")).accounts;
    assert.deepEqual(await listed(), ["juliet@localhost", "romeo@localhost"]);
    for (const [args, complaint] of [
      [["account", "add", "romeo@localhost"], /exists/],
      [["account", "add", "romeo@elsewhere.example"], /elsewhere\.example/],
      [["account", "add", "not a jid@"], /JID/],
      [["account", "passwd", "nobody@localhost"], /nobody/],
    ]) {
      const answer = await server.ctl([...args, "--password-stdin"], "x\n");
      assert.notEqual(answer.code, 0, args);
      assert.match(answer.stderr, complaint);
    }
    await server.ctl(["account", "remove", "romeo@localhost"]);
    assert.deepEqual(await listed(), ["juliet@localhost"]);
  }));

test("status tells listeners, domains, sessions and counters", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    const status = await server.query("status");
    assert.equal(status.state, "running");
    assert.equal(status.pid, server.process.pid);
    assert.deepEqual(status.domains, ["localhost"]);
    assert.deepEqual(status.listeners.map((x) => x.url), server.urls);
    assert.equal(status.sessions, 1);
    assert.equal(status.counters.auth_succeeded, 1);
    assert.deepEqual(status.silent, []);
    assert.ok(status.memory.resident > 1 << 20);
    assert.ok(status.memory.heap_used > 1 << 20);
    assert.ok(status.memory.heap_free >= 0);
    const text = await server.ctl(["status"]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /running/);
    await stream.close();
    await eventually("no session is left", async () => {
      const { sessions, counters } = await server.query("status");
      return sessions === 0 && counters.sessions_ended === 1;
    });
  }));

test("a session shows its client and its Stream Management state", () =>
  withServer({ accounts }, async (server) => {
    const headers = { "User-Agent": "probe/1 \u00e9" };
    const { certificate, wss: url } = server;
    const options = { resource: "x", headers, url, certificate };
    const romeo = await Stream.login(server, "romeo", options);
    await romeo.enable();
    const juliet = await Stream.login(server, "juliet");
    for (let i = 0; i < 3; ++i) juliet.message(romeo.jid, `${i}`);
    for (let i = 0; i < 3; ++i) await romeo.expect(/^<message/);
    const find = async () => {
      const { sessions } = await server.query("sessions");
      return sessions.find((x) => x.jid === "romeo@localhost/x");
    };
    const before = await find();
    assert.equal(before.secure, true);
    assert.equal(before.sm, "on");
    assert.equal(before.mechanism, "PLAIN");
    assert.equal(before.user_agent, "probe/1 ??");
    assert.equal(before.unacked, 3);
    romeo.send("<a xmlns='urn:xmpp:sm:3' h='2'/>");
    await eventually("the ack counts", async () => {
      const { unacked, acked } = await find();
      return unacked === 1 && acked === 2;
    });
  }));

test("the actor tree is whole, alive and counts while messages flow", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const juliet = await Stream.login(server, "juliet");
    let flowing = true;
    const load = (async () => {
      for (let i = 0; flowing; ++i) {
        romeo.message(juliet.jid, `${i}`);
        await juliet.expect(new RegExp(`<body>${i}</body>`));
      }
    })();
    const look = async () => flatten((await server.query("actors")).tree);
    const before = await look();
    const kinds = new Set(before.map((actor) => actor.kind));
    for (const kind of [
      ...["node", "config_store", "account_store", "domain", "router"],
      ...["registry", "session_supervisor", "listener", "admin"],
      ...["session", "connection", "parser", "tracker", "local_link"],
    ])
      assert.ok(kinds.has(kind), `${kind} in ${[...kinds]}`);
    assert.ok(before.every((actor) => !actor.silent));
    assert.equal(before.filter((x) => x.kind === "session").length, 2);

    const handled = (actors) =>
      actors.find((actor) => actor.kind === "router").handled;
    await eventually(
      "the router has handled more",
      async () => handled(await look()) > handled(before) + 10,
    );
    const text = await server.ctl(["actors"]);
    assert.match(text.stdout, /session_supervisor/);
    flowing = false;
    await load;
  }));

test("without a server causewayctl says what is wrong", () =>
  withServer({}, async (server) => {
    await server.stop();
    server.expectedToEnd = true;
    const answer = await server.ctl(["status"]);
    assert.notEqual(answer.code, 0);
    assert.match(answer.stderr, /causeway\.sock/);
  }));
