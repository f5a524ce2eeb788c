// Another configuration comes into force while streams stay up.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { Authority } from "./support/certificates.mjs";
import {
  bindFeature, domain, open, plainMechanism, stay,
} from "./support/fake_upstream.mjs";
import { login, withFakes } from "./support/gateway.mjs";
import { Pair } from "./support/pair.mjs";
import {
  config, edit, freePort, generation, generationIs, inForce, management,
  reload, replace, serial, urls,
} from "./support/reload.mjs";
import { run } from "./reload/edits.mjs";
import { Resumable } from "./support/resumable.mjs";
import { Server, connections, eventually, withServer } from "./support/server.mjs";
import { Stream, ns } from "./support/stream.mjs";

const accounts = ["romeo", "juliet"];

/// A stanza that nobody answers.
const quiet = "<iq xmlns='jabber:client' type='result' id='q' to='localhost'/>";
const ack = (h) => new RegExp(`^<a .*h='${h}'`);

test("no good edit ends a stream, no bad one changes anything", () =>
  run({ edits: 100, clients: 20, seed: Number(process.env.SEED ?? 27) }));

// -- what a bad file says -----------------------------------------------------

test("a bad file is refused with place, key and reason", () =>
  withServer({ accounts }, async (server) => {
    const before = await inForce(server);
    const stream = await Stream.login(server, "romeo");
    const text = `{\n"websocket": {"maxMesage": 1,\n"idleTimeout": "long"},\n` +
      `"node": {"data": ${JSON.stringify(server.folder)}}\n}`;
    replace(server.config, text);
    const { code, stderr } = await server.ctl(["reload"]);
    assert.equal(code, 1);
    assert.match(stderr, /config\.yaml:2:\d+: websocket\.maxMesage: unknown key; did you mean maxMessage\?/);
    assert.match(stderr, /config\.yaml:3:\d+: websocket\.idleTimeout: .*duration/);
    const { refused, ...now } = await inForce(server);
    assert.equal(now.generation, before.generation);
    assert.equal(now.yaml, before.yaml);
    assert.equal(refused.errors.length, 2);
    assert.ok(now.file_differs);
    await server.logged(/config_refused generation=1 trigger=causewayctl errors=2/);
    await stream.ping();
  }));

test("what only OpenSSL or the system can tell has a place as well", () =>
  withServer({}, async (server) => {
    const pem = path.join(server.folder, "empty.pem");
    fs.writeFileSync(pem, "nothing\n");
    const before = await inForce(server);
    edit(server, (x) => {
      const tls = { certificate: pem, key: pem };
      x.listeners.push({ address: "127.0.0.1:0", tls });
    });
    let { stderr } = await server.ctl(["reload"]);
    assert.match(stderr, /config\.yaml:\d\d:\d+: listeners\[2\]\.tls: .*empty\.pem: holds no certificate/);
    const port = new URL(server.ws).port;
    edit(server, (x) => {
      // All but the last could be opened.
      x.listeners.push({ address: "127.0.0.1:0" });
      x.listeners.push({ address: `127.0.0.1:${port}` });
    });
    ({ stderr } = await server.ctl(["reload"]));
    assert.match(stderr, /listeners\[3\]\.address: cannot listen on .*in use/);
    const now = await inForce(server);
    assert.equal(now.generation, before.generation);
    assert.equal(now.yaml, before.yaml);
    assert.equal((await urls(server)).length, 2);
  }));

// -- acks ---------------------------------------------------------------------

test("unsolicitedAckFrequency 0, 1, 5 shows on a running stream", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    await stream.enable();
    const send = (count) => {
      for (let i = 0; i < count; ++i) stream.send(quiet);
    };
    send(3);
    await stream.ping();
    await reload(server, management({ unsolicitedAckFrequency: 1 }));
    send(1);
    await stream.expect(ack(5));
    send(1);
    await stream.expect(ack(6));
    await reload(server, management({ unsolicitedAckFrequency: 5 }));
    send(5);
    await stream.expect(ack(10));
    send(5);
    await stream.expect(ack(15));
    await reload(server, management({ unsolicitedAckFrequency: 0 }));
    send(6);
    await stream.ping();
  }));

/// An upstream server with Stream Management that acknowledges what it is
/// asked for.
async function counting(peer) {
  await open(peer, plainMechanism);
  const [, answer] = await peer.expect(/<auth [^>]*>([^<]*)<\/auth>/);
  const user = Buffer.from(answer, "base64").toString().split("\0")[1];
  peer.send(`<success xmlns='${ns.sasl}'/>`);
  await open(peer, bindFeature, `<sm xmlns='${ns.sm}'/>`);
  const [iq] = await peer.expect(/<iq .*?<\/iq>/s);
  const id = iq.match(/ id=['"]([^'"]*)/)[1];
  peer.send(`<iq type='result' id='${id}'><bind xmlns='${ns.bind}'>` +
    `<jid>${user}@${domain}/r</jid></bind></iq>`);
  await peer.expect(/<enable [^>]*\/>/);
  peer.send(`<enabled xmlns='${ns.sm}'/>`);
  for (let h = 0; ;) {
    const [what] = await peer.expect(/<iq [^>]*\/>|<r [^>]*\/>/);
    if (what.startsWith("<iq")) ++h;
    else peer.send(`<a xmlns='${ns.sm}' h='${h}'/>`);
  }
}

test("the same in a gateway, in step with the server behind", () =>
  withFakes([counting], { probes: 1 }, async (server) => {
    const stream = await login(server);
    await stream.enable();
    const send = (count) => {
      for (let i = 0; i < count; ++i) stream.send(quiet);
    };
    const asked = async (h) => {
      stream.send(`<r xmlns='${ns.sm}'/>`);
      await stream.expect(ack(h));
    };
    send(3);
    await asked(3);
    await reload(server, management({ unsolicitedAckFrequency: 1 }));
    send(1);
    await stream.expect(ack(4));
    send(1);
    await stream.expect(ack(5));
    await reload(server, management({ unsolicitedAckFrequency: 5 }));
    send(5);
    await stream.expect(ack(10));
    await reload(server, management({ unsolicitedAckFrequency: 0 }));
    send(6);
    await asked(16);
  }));

test("a lower maxUnacked spares what is owed already", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    const juliet = await Stream.login(server, "juliet");
    await juliet.enable();
    for (let i = 0; i < 30; ++i) romeo.message(juliet.jid, `n${i}.`);
    await juliet.until(/<body>n29\.</);
    await reload(server, management({ maxUnacked: 10, requestFrequency: 0 }));
    for (let i = 30; i < 35; ++i) romeo.message(juliet.jid, `n${i}.`);
    await juliet.until(/<body>n34\.</);
    juliet.send(`<a xmlns='${ns.sm}' h='35'/>`);
    await juliet.ping();
    // From here on the limit is the limit.
    for (let i = 35; i < 50; ++i) romeo.message(juliet.jid, `n${i}.`);
    await juliet.until(/<policy-violation/);
  }));

// -- timers and limits --------------------------------------------------------

test("timers and limits of running streams change", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    const deep = "<a>".repeat(20) + "</a>".repeat(20);
    const send = () => stream.send(
      `<iq xmlns='jabber:client' type='result' id='q' to='localhost'>${deep}</iq>`);
    send();
    await stream.ping();
    await reload(server, (x) => {
      x.stream = { limits: { maxDepth: 8 } };
      x.websocket = { pingInterval: "100ms" };
    });
    let frame = await stream.wire.frame();
    assert.equal(frame.code, 9, "a ping comes");
    await reload(server, (x) => (x.websocket = { pingInterval: "0" }));
    send();
    await stream.until(/^<stream:error.*policy-violation/);
  }));

test("origins of new connections change", () =>
  withServer({}, async (server) => {
    const headers = { origin: "https://chat.example" };
    await assert.rejects(Stream.connect(server.ws, { headers }), /403/);
    await reload(server, { websocket: { origins: ["https://chat.example"] } });
    await Stream.connect(server.ws, { headers });
  }));

// -- listeners and certificates -----------------------------------------------

test("listeners are added, moved and removed", () =>
  withServer({ accounts }, async (server) => {
    const pair = await Pair.start(server, "romeo", "juliet");
    const [first, second] = [await freePort(), await freePort()];
    const at = (port) => `ws://127.0.0.1:${port}/ws/`;
    await reload(server, (x) => x.listeners.push({ address: `127.0.0.1:${first}` }));
    const old = await Stream.login(server, "romeo", { url: at(first) });
    await reload(server, (x) => (x.listeners[2].address = `127.0.0.1:${second}`));
    await Stream.login(server, "romeo", { url: at(second) });
    await assert.rejects(Stream.connect(at(first)), /ECONNREFUSED/);
    await old.ping();
    // Where the old socket is in the way of the new one.
    await reload(server, (x) => {
      x.listeners[2] = { address: `0.0.0.0:${second}`, insecure: true };
    });
    assert.deepEqual((await urls(server)).slice(2), [`ws://0.0.0.0:${second}/ws/`]);
    await Stream.login(server, "romeo", { url: at(second) });
    await reload(server, (x) => {
      x.listeners.pop();
      x.websocket = { path: "/xmpp/" };
    });
    await assert.rejects(Stream.connect(at(second)), /ECONNREFUSED/);
    assert.deepEqual(await urls(server),
      [server.ws, server.wss].map((url) => url.replace("/ws/", "/xmpp/")));
    await old.ping();
    await pair.progress();
    await pair.finish();
    pair.assertUnharmed();
  }));

test("a listener that cannot take the place of another leaves it there", () =>
  withServer({ accounts }, async (server) => {
    const port = await freePort();
    const insecure = true;
    const refused = async (listeners, expected) => {
      edit(server, (x) => x.listeners.splice(2, 1, ...listeners));
      const { stderr } = await server.ctl(["reload"]);
      assert.match(stderr, expected);
      await eventually("the old one listens", async () =>
        (await urls(server)).some((x) => x.includes(`:${port}/`)));
      await Stream.login(server, "romeo", { url: `ws://127.0.0.1:${port}/ws/` });
    };
    // Its own socket makes room, and somebody else's is in the way all the same.
    await reload(server, (x) => x.listeners.push({ address: `127.0.0.1:${port}` }));
    const other = net.createServer();
    await new Promise((done) => other.listen(port, "127.0.0.2", done));
    await refused([{ address: `0.0.0.0:${port}`, insecure }], /in use/);
    await new Promise((done) => other.close(done));
    // The same makes room for two, one of which is no address of this machine.
    await reload(server, (x) => {
      x.listeners[2] = { address: `0.0.0.0:${port}`, insecure };
    });
    await refused([{ address: `127.0.0.1:${port}` },
      { address: `192.0.2.9:${port}`, insecure }], /192\.0\.2\.9/);
  }));

test("another certificate is shown to new connections", async () => {
  const folder = fs.mkdtempSync("/tmp/causeway-pki-");
  const authority = new Authority(folder);
  const issue = (from) => authority.issue(["localhost"], { from });
  const copy = (server, { key, certificate }) => {
    replace(path.join(server.folder, "c.key"), fs.readFileSync(key));
    replace(path.join(server.folder, "c.pem"), fs.readFileSync(certificate));
  };
  const server = new Server({
    listeners: [
      { address: "127.0.0.1:0" },
      { address: "127.0.0.1:0", tls: { certificate: "c.pem", key: "c.key" } },
    ],
  });
  try {
    copy(server, issue());
    await server.start();
    await server.addAccounts(...accounts);
    const options = { url: server.wss, certificate: authority.ca };
    const old = await Stream.login(server, "romeo", options);
    const pair = await Pair.start(server, "romeo", "juliet");
    const before = await serial(server.wss);
    const number = await generation(server);
    copy(server, issue("20210101000000Z"));
    // By the watch alone.
    await generationIs(server, number + 1);
    const after = await serial(server.wss);
    assert.notEqual(after, before);
    await old.ping();
    await Stream.login(server, "juliet", options);
    // A key that does not belong to it leaves all as it is.
    const other = issue("20220101000000Z");
    replace(path.join(server.folder, "c.key"), fs.readFileSync(other.key));
    await server.logged(/config_error .*(c\.key|not the key)/);
    assert.equal(await serial(server.wss), after);
    await pair.progress();
    await pair.finish();
    pair.assertUnharmed();
    for (const socket of connections) socket.destroy();
    await server.stop();
  } catch (error) {
    server.abandon();
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("of several certificates each name gets its own", async () => {
  const folder = fs.mkdtempSync("/tmp/causeway-pki-");
  try {
    const authority = new Authority(folder);
    const [a, b, c] = [["a.example"], ["b.example", "*.b.example"], ["c.example"]]
      .map((names) => authority.issue(names));
    const files = ({ certificate, key }) => ({ certificate, key });
    const tls = [files(a), files(b)];
    const listeners = [{ address: "127.0.0.1:0", tls }];
    await withServer({ config: { listeners } }, async (server) => {
      const shown = (name) => serial(server.wss, name);
      const first = await shown("a.example");
      const second = await shown("b.example");
      assert.notEqual(first, second);
      assert.equal(await shown("chat.b.example"), second);
      assert.equal(await shown("c.example"), first);
      await reload(server, (x) => x.listeners[0].tls.push(files(c)));
      assert.notEqual(await shown("c.example"), first);
      assert.equal(await shown("a.example"), first);
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

// -- domains and upstream servers ---------------------------------------------

test("domains come and go, their streams stay", () =>
  withServer({ accounts }, async (server) => {
    await assert.rejects(
      Stream.login(server, "nurse", { domain: "new.example" }));
    await reload(server, (x) => {
      x.domains = { localhost: {}, "new.example": {} };
    });
    await server.addAccounts("nurse@new.example");
    const nurse = await Stream.login(server, "nurse", { domain: "new.example" });
    const romeo = await Stream.login(server, "romeo");
    romeo.message(nurse.jid, "one");
    await nurse.until(/<body>one</);
    await reload(server, (x) => delete x.domains["new.example"]);
    nurse.message(romeo.jid, "two");
    await romeo.until(/<body>two</);
    await assert.rejects(
      Stream.login(server, "nurse", { domain: "new.example" }));
  }));

test("upstream servers change for new streams, links stay", () =>
  withFakes([stay, stay], { probes: 2 }, async (server, [first, second]) => {
    const only = (fake) => (x) =>
      (x.domains[domain].upstream = [{ address: fake.address, tls: "none" }]);
    await reload(server, only(first));
    const one = await login(server);
    await reload(server, only(second));
    const two = await login(server);
    const bound = (fake) => fake.peers.filter((peer) => peer.jid).length;
    assert.equal(bound(first), 1);
    assert.equal(bound(second), 1);
    // The first one still goes to its server.
    const peer = first.peers.find((x) => x.jid);
    one.message(one.jid, "to myself");
    await peer.expect(/<body>to myself</);
    two.message(two.jid, "as well");
    await second.peers.find((x) => x.jid).expect(/<body>as well</);
    const { upstreams } = await server.query("status");
    assert.deepEqual(upstreams[0].endpoints.map(({ endpoint }) => endpoint)
      .filter((x) => x === second.address), [second.address]);
    await reload(server, (x) => (x.domains = { localhost: {} }));
    one.message(one.jid, "again");
    await peer.expect(/<body>again</);
    await assert.rejects(login(server));
  }));

// -- what makes the server reload ---------------------------------------------

test("SIGHUP reloads the file", () =>
  withServer({}, async (server) => {
    const before = await generation(server);
    server.process.kill("SIGHUP");
    await server.logged(/config_same .*trigger=SIGHUP/);
    edit(server, management({ maxUnacked: 77 }));
    server.process.kill("SIGHUP");
    await server.logged(/config_reloaded .*trigger=(SIGHUP|file)/);
    assert.equal(await generation(server), before + 1);
  }));

test("a change of the file is noticed, however it is written", () =>
  withServer({}, async (server) => {
    let number = await generation(server);
    const ways = [
      (file, text) => fs.writeFileSync(file, text),
      replace,
      (file, text) => {
        fs.renameSync(file, `${file}~`);
        fs.writeFileSync(file, text);
      },
    ];
    for (const [i, write] of ways.entries()) {
      const content = { ...server.content, ...management({ maxUnacked: 50 + i }) };
      write(server.config, JSON.stringify(content));
      await generationIs(server, ++number);
    }
    const { yaml } = await inForce(server);
    assert.match(yaml, /maxUnacked: 52\n/);
  }));

test("a symbolic link on the way to the file may be swapped", async () => {
  const server = new Server();
  const at = (name) => path.join(server.folder, name);
  const version = (name, settings) => {
    fs.mkdirSync(at(name));
    const content = { ...server.content, ...management(settings) };
    fs.writeFileSync(at(`${name}/config.yaml`), JSON.stringify(content));
  };
  try {
    // As Kubernetes mounts a ConfigMap.
    version("..1", { maxUnacked: 61 });
    fs.symlinkSync("..1", at("..data"));
    fs.unlinkSync(server.config);
    fs.symlinkSync("..data/config.yaml", server.config);
    await server.start();
    const before = await generation(server);
    for (const number of [2, 3]) {
      version(`..${number}`, { maxUnacked: 60 + number });
      fs.symlinkSync(`..${number}`, at("..data_tmp"));
      fs.renameSync(at("..data_tmp"), at("..data"));
      await generationIs(server, before + number - 1);
      fs.rmSync(at(`..${number - 1}`), { recursive: true });
    }
    assert.match((await inForce(server)).yaml, /maxUnacked: 63\n/);
    await server.stop();
  } catch (error) {
    server.abandon();
    throw error;
  }
});

// -- what the operator sees ---------------------------------------------------

test("a rollback puts in force what was, and holds", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    await stream.enable();
    const first = await generation(server);
    await reload(server, management({ unsolicitedAckFrequency: 1 }));
    await reload(server, management({ unsolicitedAckFrequency: 2 }));
    const answer = await server.query("config", "rollback");
    assert.equal(answer.generation, first + 3);
    stream.send(quiet);
    await stream.expect(ack(1));
    // Whatever else happens in the folder.
    const looks = async () => (await server.query("actors")).tree.children
      .find((x) => x.kind === "config_store").handled;
    const looked = await looks();
    fs.writeFileSync(path.join(server.folder, "config.yaml.other"), "");
    fs.utimesSync(server.config, new Date(), new Date());
    await eventually("the watch has looked", async () => (await looks()) > looked);
    stream.send(quiet);
    await stream.expect(ack(2));
    assert.ok((await inForce(server)).file_differs);
    await server.query("config", "rollback", `${first}`);
    stream.send(quiet);
    await stream.ping();
    const { history } = await server.query("config", "history");
    assert.deepEqual(history.map((x) => x.generation),
      [4, 3, 2, 1, 0].map((n) => first + n));
    assert.equal(history[0].trigger, `rollback to ${first}`);
    for (const number of ["0", "-1", "x"]) {
      const refused = await server.ctl(["config", "rollback", "--", number]);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /GENERATION: must be a whole number from 1/);
    }
    const unknown = await server.ctl(["config", "rollback", "999"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /generation 999 is not in the history/);
    for (const name of fs.readdirSync(path.join(server.folder, "config-history"))) {
      const { mode } = fs.statSync(path.join(server.folder, "config-history", name));
      assert.equal(mode & 0o777, 0o600);
    }
    // The file is what it was: a reload takes it.
    const { generation: last } = await config(server, "reload");
    assert.equal(last, first + 5);
  }));

test("numbers go on over a restart", () =>
  withServer({}, async (server) => {
    await reload(server, management({ maxUnacked: 99 }));
    const before = await generation(server);
    server.process.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    server.log = "";
    await server.start();
    assert.equal(await generation(server), before);
    server.process.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    edit(server, management({ maxUnacked: 98 }));
    server.log = "";
    await server.start();
    assert.equal(await generation(server), before + 1);
  }));

test("keys that need a restart wait for it", () =>
  withServer({}, async (server) => {
    const answer = await reload(server, (x) => {
      x.node.threads = 3;
      x.stream = { management: { durability: "store", maxUnacked: 70 } };
    });
    assert.deepEqual(answer.changes.map(({ key }) => key),
      ["stream.management.maxUnacked"]);
    assert.deepEqual(answer.waiting.map(({ key, scope }) => [key, scope]), [
      ["node.threads", "restart"],
      ["stream.management.durability", "restart"],
    ]);
    const { stdout } = await server.ctl(["config", "show"]);
    assert.match(stdout, /# Waits for a restart: node\.threads: 3/);
    assert.match(stdout, /\n {2}threads: 0\n/);
    const status = await server.ctl(["status"]);
    assert.match(status.stdout, /config +generation 2, .*2 keys wait for a restart/);
  }));

test("check and diff say what a file would do, and do nothing", () =>
  withServer({}, async (server) => {
    const file = path.join(server.folder, "other.yaml");
    const other = { ...server.content, ...management({ maxUnacked: 71 }) };
    fs.writeFileSync(file, JSON.stringify(other));
    const before = await inForce(server);
    const check = await server.ctl(["config", "check", file]);
    assert.equal(check.code, 0, check.stderr);
    assert.match(check.stdout, /maxUnacked +10000 +71 +at once\nthe file is valid\n/);
    const diff = await server.ctl(["config", "diff", file]);
    assert.match(diff.stdout, /maxUnacked +10000 +71 +at once\n$/);
    const own = await server.ctl(["config", "check"]);
    assert.match(own.stdout, /valid, and the same as what is in force/);
    fs.writeFileSync(file, "node: {threads: -1}");
    const bad = await server.ctl(["config", "check", file]);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /other\.yaml:1:17: node\.threads: must be between 0 and 256/);
    assert.deepEqual(await inForce(server), before);
  }));

test("what is shown reads as the same configuration", () =>
  withServer({ accounts }, async (server) => {
    const { yaml, generation: before } = await inForce(server);
    replace(server.config, yaml);
    const answer = await config(server, "reload");
    assert.deepEqual(answer.changes, []);
    assert.deepEqual(answer.waiting, []);
    assert.equal(answer.generation, before + 1);
  }));

test("a key is explained without a server", () =>
  withServer({}, async (server) => {
    const one = await server.ctl(["config", "explain", "maxUnacked"]);
    assert.equal(one.code, 0);
    assert.match(one.stdout, /^stream\.management\.maxUnacked\n.*\n +default +10000\n.*takes effect +at once/s);
    const none = await server.ctl(["config", "explain", "maxUnaked"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /unknown key maxUnaked; did you mean maxUnacked\?/);
    const { keys } = await server.query("config", "explain", "stream.limits");
    assert.deepEqual(
      keys.map(({ key }) => key.replace("stream.limits.", "")),
      ["maxDepth", "maxAttributes", "maxTags"],
    );
  }));

test("a store that died goes on with what is in force", () =>
  withServer({}, async (server) => {
    await reload(server, management({ maxUnacked: 81 }));
    const before = await inForce(server);
    await server.ctl(["kill", "--kind", "config_store"]);
    await server.logged(/actor_restarted .*kind=config_store/);
    assert.deepEqual(await inForce(server), before);
    await reload(server, management({ maxUnacked: 82 }));
    assert.equal(await generation(server), before.generation + 1);
  }));

test("keys of session ids are rotated while sessions wait", () =>
  withServer({ accounts }, async (server) => {
    const key = (name, digit) => {
      const file = path.join(server.folder, name);
      fs.writeFileSync(file, digit.repeat(64), { mode: 0o600 });
      return file;
    };
    const [before, after] = [key("before.key", "a"), key("after.key", "b")];
    const rotate = (...keys) => reload(server, management({ keys }));
    const leave = async (client) => {
      await client.drop();
      await eventually(`${client.user} is waited for`, async () =>
        (await server.query("sessions", "--jid", client.jid)).sessions[0]
          .state === "parked");
    };
    await rotate(before);
    const juliet = await Resumable.login(server, "juliet");
    await leave(juliet);
    await rotate(after, before);
    await juliet.resume(server);
    const romeo = await Resumable.login(server, "romeo");
    romeo.say(juliet.jid, "one");
    await eventually("it arrives", () => juliet.received.length === 1);
    await leave(juliet);
    await leave(romeo);
    await rotate(after);
    const stream = await juliet.connect(server);
    assert.match(await juliet.tryResume(stream),
      /^<failed .*<item-not-found /s);
    await romeo.resume(server);
    // The next one is sealed by the key that is left.
    await stream.bind();
    stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
    assert.match(await stream.until(/^<enabled/), /resume='true'/);
  }));
