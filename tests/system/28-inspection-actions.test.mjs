// What causewayctl shows and does of running actors and sessions: stuck actors,
// filters, orders, traces, the live view.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import test from "node:test";
import { Admin, adminConfig, readMetrics } from "./support/admin.mjs";
import { Stream, ns } from "./support/stream.mjs";
import { eventually, withServer, within } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];

/// Every actor of the tree, as a flat list.
function flatten(tree) {
  return [tree, ...(tree.children ?? []).flatMap(flatten)];
}

const actorsOf = async (server, ...args) =>
  flatten((await server.query("actors", ...args)).tree);

/// A session with resumption, and its row.
async function resumable(server, user, resource) {
  const stream = await Stream.login(server, user, { resource });
  stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
  const enabled = await stream.expect(/^<enabled/);
  stream.previd = enabled.match(/ id=['"](.*?)['"]/)[1];
  return stream;
}

const rowOf = async (server, jid) =>
  (await server.query("sessions", "--jid", jid)).sessions[0];

/// causewayctl with an answer that goes on.
class Follower {
  lines = [];

  constructor(server, ...args) {
    const socket = path.join(server.folder, "causeway.sock");
    this.child = spawn(path.join(server.build, "causewayctl"), [
      "--socket",
      socket,
      ...args,
    ]);
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop();
      this.lines.push(...parts);
    });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
  }

  until(pattern) {
    return eventually(`a line ${pattern} of ${this.lines.join("\n")}`, () =>
      this.lines.find((line) => pattern.test(line)),
    );
  }

  stop() {
    this.child.kill();
    return this.ended;
  }
}

test("an actor that hangs is flagged, and inspection goes on", () =>
  withServer(
    {
      accounts,
      config: { ...adminConfig, inspect: { stuckAfter: "1s" }, node: { threads: 2 } },
    },
    async (server) => {
      const admin = await Admin.of(server);
      const metric = async (name) =>
        readMetrics(await admin.metrics()).samples.get(name);
      assert.equal(await metric("causeway_actors_stuck"), 0);
      const romeo = await Stream.login(server, "romeo");
      const { id } = (await actorsOf(server)).find((x) => x.kind === "tracker");
      const hung = await server.query("hang", "--id", `${id}`, "5");
      assert.deepEqual(hung.hung, { id, kind: "tracker" });
      await server.logged(new RegExp(`actor_stuck.* id=${id} how=running`));
      const begun = Date.now();
      const row = (await actorsOf(server)).find((x) => x.id === id);
      assert.ok(Date.now() - begun < 1500, "the list does not wait");
      assert.equal(row.stuck, true);
      assert.equal(row.how, "running");
      assert.ok(row.age >= 1, `age ${row.age}`);
      const { stuck, counters } = await server.query("status");
      assert.ok(stuck.some((x) => x.id === id && x.how === "running"));
      assert.ok(counters.actors_stuck >= 1);
      assert.ok((await metric("causeway_actors_stuck")) >= 1);
      assert.ok((await metric("causeway_actors_stuck_total")) >= 1);
      const text = await server.ctl(["actors"]);
      assert.match(text.stdout, new RegExp(`tracker #${id} +stuck \\(running\\)`));
      const one = await server.query("actor", `${id}`);
      assert.equal(one.actor.silent, true);
      await server.logged(new RegExp(`actor_recovered.* id=${id} `));
      await eventually("nobody is flagged", async () =>
        (await server.query("status")).stuck.length === 0,
      );
      assert.equal(await metric("causeway_actors_stuck"), 0);
      assert.ok((await metric("causeway_actors_stuck_total")) >= 1);
      // Once an episode.
      const events = server.log.match(new RegExp(`actor_stuck.* id=${id} `, "g"));
      assert.equal(events.length, 1);
      await romeo.ping();
    },
  ));

test("a service with a thread of its own that hangs is flagged", () =>
  withServer(
    { accounts, config: { inspect: { stuckAfter: "500ms" } } },
    async (server) => {
      await server.query("hang", "--kind", "offline_store", "3");
      await server.logged(/actor_stuck.*kind=offline_store.* how=waiting/);
      const romeo = await Stream.login(server, "romeo");
      await romeo.ping();
      await server.logged(/actor_recovered.*kind=offline_store/);
    },
  ));

test("actors show their owner, age, busy time and restarts", () =>
  withServer({ accounts }, async (server) => {
    await Stream.login(server, "romeo");
    await server.query("kill", "--kind", "domain");
    await server.logged(/actor_restarted kind=domain/);
    const all = await actorsOf(server);
    const byId = new Map(all.map((x) => [x.id, x]));
    for (const x of all) {
      assert.equal(x.node, "a");
      assert.ok(x.age >= 0 && x.busy >= 0, JSON.stringify(x));
      if (x.kind !== "node") assert.ok(byId.has(x.parent), x.kind);
    }
    const domain = all.find((x) => x.kind === "domain");
    assert.equal(domain.restarts, 1);
    assert.match(domain.last_error, /kill/);
    const session = all.find((x) => x.kind === "session");
    const { actor } = await server.query("actor", `${session.id}`);
    assert.deepEqual(
      actor.children.map((x) => x.kind).sort(),
      ["connection", "local_link", "parser", "tracker"],
    );
    const flat = await server.ctl(["actors", "--top", "3"]);
    assert.match(flat.stdout, /BUSY/);
    assert.match(flat.stdout, /and \d+ more/);
  }));

test("sessions can be chosen, and their columns", () =>
  withServer({ accounts }, async (server) => {
    const headers = { "User-Agent": "probe/1" };
    const { certificate, wss: url } = server;
    const options = { resource: "x", headers, url, certificate };
    const romeo = await Stream.login(server, "romeo", options);
    await Stream.login(server, "juliet", { resource: "y" });
    romeo.send(
      `<presence xmlns='jabber:client'><c ` +
        `xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='x' ` +
        `node='https://client.example'/></presence>`,
    );
    const chosen = async (...args) =>
      (await server.query("sessions", ...args)).sessions.map((x) => x.jid);
    const [r, j] = ["romeo@localhost/x", "juliet@localhost/y"];
    assert.deepEqual(await chosen(), [r, j]);
    assert.deepEqual(await chosen("--jid", "juliet@localhost"), [j]);
    assert.deepEqual(await chosen("--jid", "*/x"), [r]);
    assert.deepEqual(await chosen("--ip", "127.0.0.0/8"), [r, j]);
    assert.deepEqual(await chosen("--ip", "10.0.0.1"), []);
    assert.deepEqual(await chosen("--state", "parked"), []);
    const unknown = await server.ctl(["sessions", "--state", "asleep"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /state asleep: it is established, parked/);
    const command = await server.ctl(["sesions"]);
    assert.equal(command.code, 2);
    assert.match(command.stderr, /unknown command "sesions"/);
    assert.deepEqual(await chosen("--domain", "elsewhere"), []);
    const text = await server.ctl(["sessions", "--columns", "jid,tls"]);
    assert.match(text.stdout, /^JID +TLS VERSION\n.*TLSv1\.3\n/);
    const wrong = await server.ctl(["sessions", "--columns", "jid,shoe"]);
    assert.equal(wrong.code, 2);
    const { id } = await rowOf(server, r);
    const session = await eventually("its presence is known", async () => {
      const { session } = await server.query("session", `${id}`);
      return session.client.software && session;
    });
    assert.equal(session.client.tls_version, "TLSv1.3");
    assert.match(session.client.tls_cipher, /^TLS_/);
    assert.equal(session.client.user_agent, "probe/1");
    assert.equal(session.client.software, "https://client.example");
    assert.equal(session.sm.on, false);
    const shown = await server.ctl(["session", `${id}`]);
    assert.match(shown.stdout, /romeo@localhost\/x/);
  }));

// The server asks for no acks by itself.
const quiet = { requestFrequency: 0, requestIdle: "0s", requestAge: "0s" };

test("a session is parked, expired, kicked, and has stanzas sent again", () =>
  withServer({ accounts, config: { stream: { management: quiet } } }, async (server) => {
    const juliet = await Stream.login(server, "juliet");
    const romeo = await resumable(server, "romeo", "x");
    const { id } = await rowOf(server, "romeo@localhost/x");
    const order = async (verb, ...rest) =>
      server.ctl(["session", verb, `${id}`, ...rest, "--json"]);

    const refused = await order("expire");
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /does not wait/);
    assert.match((await order("resend")).stdout, /nothing is unacknowledged/);

    juliet.message(romeo.jid, "one");
    await romeo.expect(/<body>one/);
    await eventually("it is unacknowledged", async () =>
      (await rowOf(server, romeo.jid)).unacked === 1,
    );
    const detail = (await server.query("session", `${id}`)).session;
    assert.ok(detail.sm.oldest_unacked >= 0);
    assert.equal(detail.sm.window, 600);
    assert.equal((await order("resend")).code, 0);
    await romeo.expectClose(1012);

    const again = await Stream.connect(server.ws);
    await again.open();
    await again.authenticate("romeo");
    await again.open();
    again.send(
      `<resume xmlns='${ns.sm}' h='0' previd='${romeo.previd}'/>`,
    );
    await again.expect(/^<resumed/);
    await again.until(/<body>one/);

    assert.equal((await order("park")).code, 0);
    await again.expect(/^<r /);
    await again.expectClose(1001);
    await eventually("it is parked", async () =>
      (await rowOf(server, romeo.jid))?.state === "parked",
    );
    const { session } = await server.query("session", `${id}`);
    assert.ok(session.sm.parked_left > 500, JSON.stringify(session.sm));
    assert.equal(session.client.connected, false);
    assert.equal((await order("expire")).code, 0);
    await eventually("it is gone", async () =>
      !(await rowOf(server, romeo.jid)),
    );

    const row = await rowOf(server, juliet.jid);
    const kicked = await server.query(
      ...["session", "kick", `${row.id}`, "--text", "enough"],
    );
    assert.equal(kicked.kicked.jid, juliet.jid);
    const error = await juliet.expectError("policy-violation");
    assert.match(error, /enough/);
    for (const action of ["kick", "park", "expire", "resend"])
      assert.match(
        server.log,
        new RegExp(`audit who="socket uid=\\d+ pid=\\d+" .*verb=${action}`),
      );
  }));

test("a trace shows the wire without secrets, and ends by its size", () =>
  withServer({ accounts }, async (server) => {
    const juliet = await Stream.login(server, "juliet");
    const before = await Stream.login(server, "romeo", { resource: "a" });
    const trace = new Follower(server, "trace", "--jid", "romeo@localhost");
    const ip = new Follower(
      ...[server, "trace", "--ip", "127.0.0.1", "--bodies", "--json"],
    );
    // Traces begin when the server has them.
    await server.logged(/audit .*action="trace .*jid=romeo@localhost/);
    await server.logged(/audit .*action="trace .*ip=127\.0\.0\.1/);
    await eventually("the trace shows a session that was there", async () => {
      await before.ping();
      return trace.lines.some((x) => x.includes("urn:xmpp:ping"));
    });
    const later = await Stream.login(server, "romeo", { resource: "b" });
    juliet.message(later.jid, "for your eyes only");
    await later.expect(/for your eyes only/);
    const line = await trace.until(/client {3}<- <message/);
    assert.match(line, /\[18 bytes\]/);
    await ip.until(/for your eyes only/);
    const auth = JSON.parse(await ip.until(/<auth /));
    assert.match(auth.text, /mechanism=['"]PLAIN['"]/);
    const secret = Buffer.from("\0romeo\0secret").toString("base64");
    for (const x of [...trace.lines, ...ip.lines])
      assert.ok(!x.includes(secret), x);
    assert.ok(!trace.lines.some((x) => x.includes("eyes")));
    await trace.stop();
    await ip.stop();

    const { id } = await rowOf(server, later.jid);
    const small = new Follower(
      ...[server, "trace", "--session", `${id}`, "--bytes", "300"],
    );
    await server.logged(new RegExp(`action="trace session=${id} `));
    await eventually("its size is reached", async () => {
      await later.ping();
      return small.lines.some((x) => /-- end \(size\)/.test(x));
    });
    assert.equal(await within(small.ended, "causewayctl ends"), 0);

    const short = new Follower(
      ...[server, "trace", "--session", `${id}`, "--seconds", "1"],
    );
    await short.until(/-- end \(time\)/);
    const nobody = await server.ctl(["trace", "--session", "999999"]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /no such session/);
  }));

test("many traces leave room for other commands", () =>
  withServer({ accounts }, async (server) => {
    const order = ["trace", "--ip", "127.0.0.1"];
    const traces = Array.from({ length: 8 }, () => new Follower(server, ...order));
    await eventually("all have begun", () =>
      (server.log.match(/audit .*action="trace .*result=done/g) ?? []).length === 8,
    );
    const refused = await server.ctl(order);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /there are 8 traces already/);
    assert.equal((await server.query("status")).state, "running");
    await traces[0].stop();
    const next = new Follower(server, ...order);
    await eventually("one more has begun", () =>
      (server.log.match(/audit .*action="trace .*result=done/g) ?? []).length === 9,
    );
    for (const x of [...traces.slice(1), next]) await x.stop();
  }));

test("a trace goes to the log until it is turned off", () =>
  withServer({ accounts, config: { log: { level: "error" } } }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const { id } = await rowOf(server, romeo.jid);
    await server.query("session", "trace", `${id}`, "on");
    await eventually("the log has it", async () => {
      await romeo.ping();
      return /wire session=\d+ way=from_client .*urn:xmpp:ping/.test(server.log);
    });
    await server.query("session", "trace", `${id}`, "off");
    const off = await server.ctl(["session", "trace", `${id}`, "off"]);
    assert.match(off.stderr, /not traced/);
  }));

test("top prints one view without a terminal", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const top = server.ctl(["top"]);
    for (let i = 0; i < 50; ++i) await romeo.ping();
    const { code, stdout } = await top;
    assert.equal(code, 0);
    assert.match(stdout, /sessions 1 \(0 parked\), stuck actors 0/);
    assert.match(stdout, /cpu [\d.]+ % of one core/);
    assert.match(stdout, /BUSY %/);
    const json = await server.query("top");
    assert.equal(json.sessions.all, 1);
  }));

test("top draws on a terminal of 80 times 24 until q is pressed", () =>
  withServer({ accounts }, async (server) => {
    await Stream.login(server, "romeo");
    const ctl = path.join(server.build, "causewayctl");
    const socket = path.join(server.folder, "causeway.sock");
    const command = `stty rows 24 cols 80; ${ctl} --socket ${socket} top --interval 0.5`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", LC_ALL: "C.UTF-8" },
    });
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (x) => (screen += x));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await eventually("it draws", () => /sessions 1 \(0 parked\)/.test(screen));
    await eventually("the last line tells the keys", () =>
      /\u001b\[24(;1H|d)q quit/.test(screen),
    );
    child.stdin.write("r");
    await eventually("there are rates", () => /[\d.]+ % of one core/.test(screen));
    child.stdin.write("q");
    assert.equal(await within(ended, "top ends").finally(() => child.kill()), 0);
  }));
