// Connections, links and the process break by chance, and no message is lost,
// doubled or out of order (tools/nemesis, in short); and the ledger that says
// so would see it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Elements } from "./nemesis/elements.mjs";
import { Ledger } from "./nemesis/ledger.mjs";
import { Watcher } from "./nemesis/watcher.mjs";

const main = fileURLToPath(new URL("nemesis/main.mjs", import.meta.url));

/// Runs it with these arguments; returns its summary.
async function nemesis(...args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nemesis-"));
  const log = path.join(folder, "log");
  const command = [main, "--json", "--log", log, ...args];
  const { code, stdout, stderr } = await new Promise((resolve) =>
    execFile(
      process.execPath,
      command,
      { maxBuffer: 64 << 20 },
      (error, stdout, stderr) =>
        resolve({ code: error ? error.code : 0, stdout, stderr }),
    ),
  );
  assert.equal(code, 0, `${stderr}\nlogs: ${folder}`);
  fs.rmSync(folder, { recursive: true });
  return JSON.parse(stdout);
}

function checkSummary({ messages, sessions, events, problems }) {
  assert.deepEqual(problems, []);
  assert.ok(messages.sent > 500, `${messages.sent} sent`);
  assert.equal(messages.acked + messages.inDoubt, messages.sent);
  assert.ok(messages.arrived + messages.lostByServer >= messages.acked);
  assert.ok(messages.resent > 0, "some were on their way when it broke");
  assert.ok(sessions.resumed > 20, `${sessions.resumed} resumed`);
  assert.equal(sessions.lost, sessions.lostByServer);
  for (const [event, count] of Object.entries(events))
    assert.ok(count > 0, `${event} happened`);
}

const short = ["--duration", "20", "--clients", "12", "--seed", "1"];

test("nothing is lost in front of real servers", async () => {
  checkSummary(await nemesis(...short, "--only", "prosody,ejabberd"));
});

test("nothing is lost in a domain of its own", async () => {
  const events = "drop,stall,switch,freeze,kill";
  checkSummary(await nemesis(...short, "--only", "local", "--events", events));
});

const send = (ledger) =>
  ledger.create("a", "b", { address: "b@local", padding: 1 });
const kinds = (ledger) => ledger.problems.map(({ what }) => what);

test("the ledger sees what is lost, doubled or out of order", () => {
  const ledger = new Ledger();
  const messages = Array.from({ length: 6 }, () => send(ledger));
  const texts = messages.map(({ text }) => text);
  for (const message of messages.slice(0, 5)) ledger.acked(message);
  for (const i of [0, 2, 1]) ledger.arrived("b", 1, texts[i]);
  assert.deepEqual(kinds(ledger), ["out of order"]);
  ledger.arrived("b", 1, texts[2]);
  ledger.arrived("c", 1, texts[3]);
  const error = texts[4].replace("type='chat'", "type='error'");
  ledger.arrived("a", 1, error);
  assert.deepEqual(kinds(ledger).slice(1), ["doubled", "unknown", "returned"]);
  assert.ok(!ledger.settled);
  ledger.close();
  assert.deepEqual(kinds(ledger).slice(4), ["lost", "lost", "stuck"]);
});

test("the ledger takes no fault of a server for ours, and the reverse", () => {
  const ledger = new Ledger();
  const messages = Array.from({ length: 8 }, () => send(ledger));
  const texts = messages.map(({ text }) => text);
  for (const message of messages) ledger.acked(message);
  const link = new Map();
  for (const i of [0, 1, 2]) ledger.wentUp(link, texts[i]);
  // What was on its way when the link broke goes again.
  const next = new Map();
  for (const i of [1, 2, 3]) ledger.wentUp(next, texts[i]);
  for (const i of [0, 2, 1, 3]) ledger.cameDown(texts[i]);
  for (const i of [0, 2, 1, 3]) ledger.arrived("b", 1, texts[i]);
  assert.deepEqual(kinds(ledger), []);
  assert.equal(ledger.counts.reordered, 1);
  for (const i of [5, 4]) ledger.wentUp(next, texts[i]);
  // And nothing is left out.
  ledger.wentUp(new Map(), texts[7]);
  assert.deepEqual(kinds(ledger), Array(3).fill("sent out of order"));
  for (const i of [4, 5]) ledger.cameDown(texts[i]);
  for (const i of [5, 4]) ledger.arrived("b", 1, texts[i]);
  assert.deepEqual(kinds(ledger).slice(3), ["out of order"]);
  // One is lost behind its server, one there.
  const last = new Map();
  for (const i of [6, 7]) ledger.wentUp(last, texts[i]);
  ledger.cameDown(texts[6]);
  ledger.close();
  assert.deepEqual(kinds(ledger).slice(4), ["lost"]);
  assert.equal(ledger.counts.lostByServer, 1);
});

test("the ledger knows what nobody can promise", () => {
  const ledger = new Ledger();
  const [acked, doubtful] = [send(ledger), send(ledger)];
  const { text } = acked;
  ledger.acked(acked);
  ledger.inDoubt(doubtful);
  // What a lost session had not acked comes again in the next one.
  ledger.arrived("b", 1, text);
  ledger.arrived("b", 2, text);
  ledger.close();
  assert.ok(ledger.settled);
  assert.deepEqual(ledger.problems, []);
  assert.equal(ledger.counts.again, 1);
});

test("elements are found however their bytes come", () => {
  const found = [];
  const elements = new Elements({
    onElement: (text) => found.push(text),
    onOpen: () => found.push("open"),
    onClose: () => found.push("close"),
  });
  const parts = ["<a/>", "<b c='1'><b><d/>e</b></b>", "<f>g</f>"];
  const text =
    `<?xml version='1.0'?><stream:stream a='b'>${parts.join("")}` +
    `</stream:stream>`;
  for (const letter of text) elements.take(letter);
  elements.take(text);
  const once = ["open", ...parts, "close"];
  assert.deepEqual(found, [...once, ...once]);
});

test("who may have ended a session is known", () => {
  const error = (name) =>
    `<stream:error xmlns:stream='x'><${name} xmlns='y'/></stream:error>`;
  /// What is held against us after these steps on a link.
  const fault = (...steps) => {
    const sessions = new Map();
    const link = () => {
      const watcher = new Watcher(new Ledger(), sessions);
      watcher.up(`<auth mechanism='PLAIN'>${btoa("\0a\0secret")}</auth>`);
      return watcher;
    };
    link().down("<enabled xmlns='urn:xmpp:sm:3' id='1' resume='true'/>");
    const next = link();
    for (const step of steps) step(next);
    return sessions.get("a").fault;
  };
  const resume = (id) => (x) => x.up(`<resume h='0' previd='${id}'/>`);
  const resumed = (x) => x.down("<resumed h='0' previd='1'/>");
  const acked = (x) => x.down("<a h='0'/>");
  const givenUp = (x) => x.up(error("connection-timeout"));
  const ended = (x) => x.ended();
  const refused = (x) => x.down(error("not-well-formed"));
  const accused = (x) => x.down(error("undefined-condition"));
  const left = (x) => x.left();
  assert.equal(fault(ended), undefined);
  assert.equal(fault(resume("1"), resumed, acked), undefined);
  assert.equal(fault(resume("1"), resumed, givenUp, ended), undefined);
  assert.equal(fault(resume("1"), resumed, refused, ended), undefined);
  assert.equal(fault(resume("1"), resumed, left, ended), undefined);
  assert.match(fault(resume("1"), resumed, acked, givenUp), /timeout/);
  assert.match(fault(resume("1"), resumed, ended), /stream/);
  assert.match(fault(resume("1"), resumed, accused), /undefined/);
  assert.match(fault(resume("2")), /2 was asked for/);
});
