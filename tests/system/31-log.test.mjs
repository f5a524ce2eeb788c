// The log: its two forms, what causewayctl shows of it, levels that change
// while the server works.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { edit } from "./support/reload.mjs";
import { Stream } from "./support/stream.mjs";
import { eventually, withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];

/// A `causewayctl log --follow` whose lines are in `text`.
async function following(server, args, body) {
  const child = spawn(
    path.join(server.build, "causewayctl"),
    ["--socket", `${server.folder}/causeway.sock`, "log", "--follow", ...args],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exit = once(child, "exit");
  const follower = { text: "", exit };
  child.stdout.setEncoding("utf8").on("data", (x) => (follower.text += x));
  follower.shows = (pattern) =>
    eventually(`follower shows ${pattern}`, () => follower.text.match(pattern));
  try {
    await body(follower);
  } finally {
    child.kill();
    await exit;
  }
}

test("every line of a json log is an object with time and component", () =>
  withServer({ accounts, config: { log: { format: "json" } } }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    await stream.close();
    await server.logged(/stream_ended/);
    const lines = server.log.split("\n").filter((line) => line.startsWith("{"));
    const events = lines.map((line) => JSON.parse(line));
    for (const { time, level, component, event } of events) {
      assert.ok(Date.now() - Date.parse(time) < 60_000, time);
      assert.match(level, /^(trace|debug|info|warn|error)$/);
      assert.ok(component && event);
    }
    const of = (name) => events.find(({ event }) => event === name);
    assert.equal(of("node_started").component, "node");
    assert.equal(of("stream_bound").component, "c2s");
    assert.equal(of("stream_bound").jid, stream.jid);
    assert.equal(of("stream_ended").sid, of("stream_bound").sid);
  }));

test("the last events are shown, by level, component and field", () =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo");
    await Stream.login(server, "juliet");
    const { events } = await server.query("log");
    const bound = events.find(
      ({ event, fields }) =>
        event === "stream_bound" && fields.jid === romeo.jid,
    );
    const { sid } = bound.fields;
    const own = await server.query("log", "--where", `sid=${sid}`);
    assert.ok(own.events.length >= 2);
    for (const { fields } of own.events) assert.equal(fields.sid, sid);
    const node = await server.query("log", "--component", "node");
    for (const { component } of node.events) assert.equal(component, "node");
    const none = await server.query("log", "--level", "error");
    assert.deepEqual(none.events, []);
    const text = await server.ctl(["log", "--limit", "1", "--component", "c2s"]);
    assert.match(text.stdout, /^\S+ info +c2s stream_bound sid=\S+ jid=juliet/);
    for (const [args, complaint] of [
      [["--level", "loud"], /"level" must be trace/],
      [["--component", "romeo"], /"component" must be node, c2s/],
      [["--where", "sid"], /KEY=VALUE/],
    ]) {
      const answer = await server.ctl(["log", ...args]);
      assert.equal(answer.code, 1);
      assert.match(answer.stderr, complaint);
    }
  }));

test("the log is followed live", () =>
  withServer({ accounts }, async (server) =>
    following(server, ["--component", "c2s"], async (follower) => {
      for (let i = 0; i < 3; ++i) {
        const stream = await Stream.login(server, "romeo");
        await follower.shows(
          new RegExp(`stream_bound sid=\\S+ jid=${stream.jid}\\n`),
        );
        await stream.close();
      }
      await follower.shows(/(stream_ended.*\n[^]*){3}/);
      assert.equal(follower.text.match(/stream_bound/g).length, 3);
      assert.doesNotMatch(follower.text, / node /);
    }),
  ));

test("the level of a component changes at once, and back", () =>
  withServer({ accounts }, async (server) => {
    const levels = async (...args) =>
      (await server.query("log", "level", ...args)).levels;
    assert.equal((await levels()).c2s, "info");
    const begins = async () => {
      const stream = await Stream.login(server, "romeo");
      await stream.close();
      const { sid } = (await server.query("log", "--component", "c2s")).events
        .findLast(({ event }) => event === "stream_bound").fields;
      const own = await server.query("log", "--where", `sid=${sid}`);
      return own.events.some(({ event }) => event === "stream_started");
    };
    assert.equal(await begins(), false);
    const now = await levels("c2s", "debug");
    assert.equal(now.c2s, "debug");
    assert.equal(now.node, "info");
    assert.equal(await begins(), true);
    await server.logged(/log_level_changed of=c2s from=info to=debug/);
    assert.equal((await levels("all", "configured")).c2s, "info");
    assert.equal(await begins(), false);
    const wrong = await server.ctl(["log", "level", "c2s", "loud"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /configured/);
  }));

/// Changes the part `log` of the configuration, and reloads it.
async function reload(server, log) {
  edit(server, (file) => {
    file.log = log;
  });
  return server.ctl(["reload"]);
}

test("levels, form and output follow a reload", () =>
  withServer({ accounts }, async (server) => {
    const file = path.join(server.folder, "events.log");
    const lines = () =>
      fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
    const login = async () => {
      const stream = await Stream.login(server, "romeo");
      await stream.close();
    };
    await login();
    await server.logged(/stream_ended/);
    assert.doesNotMatch(server.log, /stream_started/);

    let answer = await reload(server, { levels: { c2s: "debug" } });
    assert.equal(answer.code, 0, answer.stderr);
    await login();
    await server.logged(/ debug c2s stream_started /);

    const to = { output: "file", file, format: "json" };
    answer = await reload(server, to);
    assert.equal(answer.code, 0, answer.stderr);
    await login();
    const ended = await eventually("the end of a stream in the file", () =>
      lines().find((line) => line.includes('"event":"stream_ended"')),
    );
    assert.equal(JSON.parse(ended).component, "c2s");
    // The general level counts again.
    assert.ok(!lines().some((line) => line.includes("stream_started")));

    // What cannot be opened changes nothing.
    const missing = path.join(server.folder, "config.yaml/events.log");
    answer = await reload(server, { ...to, file: missing, level: "trace" });
    assert.equal(answer.code, 1);
    assert.match(answer.stderr + answer.stdout, /log\.file/);
    const { levels } = await server.query("log", "level");
    assert.equal(levels.c2s, "info");
    answer = await reload(server, {});
    assert.equal(answer.code, 0, answer.stderr);
  }));

test("a level set by hand outlives a reload of other keys", () =>
  withServer({ accounts }, async (server) => {
    const level = async (...args) =>
      (await server.query("log", "level", ...args)).levels.c2s;
    await level("c2s", "trace");
    edit(server, (file) => {
      file.node.stopGrace = "4s";
    });
    assert.equal((await server.ctl(["reload"])).code, 0);
    assert.equal(await level(), "trace");
    assert.equal((await reload(server, { level: "warn" })).code, 0);
    assert.equal(await level(), "warn");
  }));

test("the log has no password and no body at any level", () =>
  withServer({ accounts, config: { log: { level: "trace" } } }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.message("nobody@localhost", "a private word");
    await stream.expect(/type=['"]error/);
    await stream.close();
    const wrong = await Stream.connect(server.ws);
    await wrong.open();
    const initial = Buffer.from("\0romeo\0mistaken").toString("base64");
    wrong.send(
      `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>` +
        `${initial}</auth>`,
    );
    await wrong.expect(/<failure/);
    await server.ctl(
      ["account", "passwd", "juliet@localhost", "--password-stdin"],
      "changed-one\n",
    );
    await server.logged(/account_\w+ jid=juliet@localhost/);
    const shown = await server.ctl(["log", "--limit", "10000", "--json"]);
    for (const text of [server.log, shown.stdout])
      for (const secret of ["secret", "mistaken", "changed-one", initial,
        "a private word"])
        assert.ok(!text.includes(secret), secret);
  }));
