// Speaks to the admin endpoint of a server, over fetch where a request is good
// and byte by byte where it is not.
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { once } from "node:events";
import { connections, within } from "./server.mjs";

/// The configuration that has the endpoint, on a port that the system chooses.
export const adminConfig = { admin: { http: "127.0.0.1:0" } };

export class Admin {
  constructor(url, folder) {
    this.url = url;
    this.folder = folder;
    const { hostname, port } = new URL(url);
    this.address = { host: hostname, port: Number(port) };
    this.tokens = {
      admin: this.secret("admin.token"),
      reader: this.secret("read-only.token"),
    };
  }

  /// The endpoint of a server, once it listens.
  static async of(server) {
    const [, url] = await server.logged(/^ {2}(https?:\S+)$/m);
    return new Admin(url, server.folder);
  }

  secret(name) {
    return fs.readFileSync(path.join(this.folder, name), "utf8").trim();
  }

  /// {status, headers, body} of one request.
  async request(target, { method = "GET", token, headers = {}, body } = {}) {
    const all = { ...headers };
    if (token) all.Authorization = `Bearer ${token}`;
    const options = { ...this.address, path: target, method, headers: all };
    const request = http.request({ ...options, agent: false });
    request.end(body);
    const [response] = await within(once(request, "response"), target);
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    const { statusCode: status, headers: fields } = response;
    return { status, headers: fields, body: text };
  }

  get(target, token = this.tokens.reader, headers = {}) {
    return this.request(target, { token, headers });
  }

  /// Carries out a command; {status, value}.
  async command(value, token = this.tokens.admin) {
    const answer = await this.request("/api", {
      method: "POST",
      token,
      headers: { "Content-Type": "application/json" },
      body: typeof value === "string" ? value : JSON.stringify(value),
    });
    return { status: answer.status, value: JSON.parse(answer.body) };
  }

  async metrics() {
    const { status, body } = await this.get("/metrics");
    if (status !== 200) throw new Error(`/metrics: ${status} ${body}`);
    return body;
  }

  /// A connection on which the test writes what it likes.
  async connect(options = {}) {
    const socket = net.connect({ ...this.address, ...options });
    connections.add(socket);
    socket.on("error", () => {});
    await within(once(socket, "connect"), "the endpoint accepts");
    return socket;
  }

  /// Writes bytes; returns all that comes until the server closes.
  async exchange(bytes) {
    const socket = await this.connect();
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    socket.write(bytes);
    await within(once(socket, "close"), "the endpoint closes");
    return text;
  }
}

/// Reads Prometheus text strictly (format 0.0.4): {families, samples}. Throws
/// what is wrong with it.
export function readMetrics(text) {
  const families = new Map();
  const samples = new Map();
  const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
  const form = new RegExp(
    `^(${name})(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`,
  );
  const fail = (line, why) => {
    throw new Error(`${why}: ${line}`);
  };
  if (!text.endsWith("\n")) fail(text.slice(-40), "the last line has no end");
  let current;
  for (const line of text.slice(0, -1).split("\n")) {
    const meta = line.match(/^# (HELP|TYPE) (\S+) (.+)$/);
    if (meta) {
      const [, kind, of, rest] = meta;
      if (kind === "HELP") {
        if (families.has(of)) fail(line, "told twice");
        current = { name: of, samples: [] };
        families.set(of, current);
      } else {
        if (current?.name !== of || current.type) fail(line, "out of place");
        if (!/^(counter|gauge|histogram)$/.test(rest)) fail(line, "no type");
        current.type = rest;
      }
      continue;
    }
    const sample = line.match(form) ?? fail(line, "no sample");
    const [, of, labels = "", value] = sample;
    if (!current?.type) fail(line, "without a type");
    const suffixes =
      current.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!suffixes.some((x) => of === current.name + x))
      fail(line, "in another family");
    if (current.type === "counter" && !of.endsWith("_total"))
      fail(line, "a counter ends in _total");
    const key = labels ? `${of}{${labels}}` : of;
    if (samples.has(key)) fail(line, "told twice");
    const number = value === "+Inf" ? Infinity : Number(value);
    if (Number.isNaN(number)) fail(line, "no number");
    samples.set(key, number);
    current.samples.push({ name: of, labels, value: number });
  }
  for (const x of families.values())
    if (x.type === "histogram") checkHistogram(x, fail);
  return { families, samples };
}

function checkHistogram({ name, samples }, fail) {
  const buckets = samples.filter((x) => x.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => labels.match(/le="(.+)"/)[1]);
  if (bounds.at(-1) !== "+Inf") fail(name, "no bucket for all");
  const numbers = bounds.map((x) => (x === "+Inf" ? Infinity : Number(x)));
  for (let i = 1; i < buckets.length; ++i) {
    if (!(numbers[i] > numbers[i - 1])) fail(name, "bounds out of order");
    if (buckets[i].value < buckets[i - 1].value) fail(name, "buckets shrink");
  }
  const count = samples.find((x) => x.name === `${name}_count`);
  if (count?.value !== buckets.at(-1).value) fail(name, "count differs");
}
