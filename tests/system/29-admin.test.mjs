// The admin endpoint over HTTP: who gets in, what it serves, and what it does
// with requests that are none.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Admin, adminConfig, readMetrics } from "./support/admin.mjs";
import { Authority } from "./support/certificates.mjs";
import { eventually, Server, within, withServer } from "./support/server.mjs";
import { Resumable } from "./support/resumable.mjs";
import { Stream } from "./support/stream.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const accounts = ["romeo", "juliet"];

/// Runs `body` against a server with the endpoint.
const withAdmin = (body, { config = {}, ...rest } = {}) =>
  withServer(
    { config: { ...config, admin: { ...adminConfig.admin, ...config.admin } }, ...rest },
    async (server) => body(await Admin.of(server), server),
  );

const skip =
  spawnSync("promtool", ["--version"]).error && "promtool is not installed";

/// Asks the tool of Prometheus itself, where it is installed.
const checkByPrometheus = (t, args, options = {}) =>
  t.test(`promtool ${args.slice(0, 2).join(" ")}`, { skip }, () => {
    const { status, stdout, stderr } = spawnSync("promtool", args, options);
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

test("the endpoint is off unless it is configured", () =>
  withServer({}, async (server) => {
    assert.doesNotMatch(server.log, /^ {2}https?:/m);
    assert.ok(!fs.existsSync(path.join(server.folder, "admin.token")));
  }));

test("tokens are made for their owner alone, and only look or do all", () =>
  withAdmin(
    async (admin, server) => {
      for (const name of ["admin.token", "read-only.token"]) {
        const { mode } = fs.statSync(path.join(server.folder, name));
        assert.equal(mode & 0o777, 0o600, name);
      }
      const { admin: all, reader } = admin.tokens;
      assert.match(all, /^[0-9a-f]{64}$/);
      assert.notEqual(all, reader);
      const status = await admin.command({ command: "status" }, reader);
      assert.equal(status.value.pid, server.process.pid);
      const who = JSON.parse((await admin.get("/api", all)).body);
      assert.deepEqual(who, { role: "admin", token: "admin.token" });

      const remove = { command: "account", verb: "remove", jid: "romeo@localhost" };
      const refused = await admin.command(remove, reader);
      assert.equal(refused.status, 403);
      assert.match(refused.value.error, /role admin/);
      const list = { command: "account", verb: "list" };
      const listed = async () => (await admin.command(list, reader)).value.accounts;
      assert.deepEqual(await listed(), ["juliet@localhost", "romeo@localhost"]);
      const done = await admin.command(remove);
      assert.deepEqual(done, { status: 200, value: { removed: "romeo@localhost" } });
      assert.deepEqual(await listed(), ["juliet@localhost"]);

      // The audit log has both, and what came by the socket.
      await server.logged(
        /audit who="token=read-only\.token peer=127\.0\.0\.1:\d+" role=read-only action="account verb=remove jid=romeo@localhost" result="this changes something/,
      );
      await server.logged(
        /audit who="token=admin\.token peer=127\.0\.0\.1:\d+" role=admin action="account verb=remove jid=romeo@localhost" result=done/,
      );
      await server.logged(
        /audit who="socket uid=\d+ pid=\d+" role=admin action="account verb=add jid=juliet@localhost" result=done/,
      );
      assert.doesNotMatch(server.log, new RegExp(`secret|${all}|${reader}`));
      // Nobody is noted for looking.
      assert.doesNotMatch(server.log, /action=status|verb=list/);
    },
    { accounts },
  ));

test("without a good token there are no figures and no commands", () =>
  withAdmin(async (admin, server) => {
    const wrong = "0".repeat(64);
    for (const token of [undefined, wrong, admin.tokens.admin.slice(1)]) {
      for (const target of ["/metrics", "/api"]) {
        const answer = await admin.request(target, { token });
        assert.equal(answer.status, 401);
        assert.match(answer.headers["www-authenticate"], /^Bearer/);
      }
      const { status } = await admin.command({ command: "status" }, token ?? wrong);
      assert.equal(status, 401);
    }
    const twice = await admin.exchange(
      `GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        `Authorization: Bearer ${admin.tokens.admin}\r\n` +
        `Authorization: Bearer ${wrong}\r\n\r\n`,
    );
    assert.match(twice, /^HTTP\/1\.1 401 /);
    await server.logged(/admin_refused peer=127\.0\.0\.1:\d+ status=401/);
  }));

test("a token file that others can read is an error at the start", async () => {
  const server = new Server({ ...adminConfig });
  const file = path.join(server.folder, "mine.token");
  fs.writeFileSync(file, `${"a".repeat(40)}\n`, { mode: 0o644 });
  const config = JSON.parse(fs.readFileSync(server.config, "utf8"));
  config.admin.adminTokens = [file];
  fs.writeFileSync(server.config, JSON.stringify(config));
  await assert.rejects(server.start(), /ended at its start/);
  assert.match(server.log, /mine\.token: has mode 0644/);
  fs.rmSync(server.folder, { recursive: true });
});

test("off loopback there is TLS or nothing", async () => {
  const server = new Server({ admin: { http: "0.0.0.0:0" } });
  await assert.rejects(server.start(), /ended at its start/);
  assert.match(server.log, /admin\.http: plain HTTP only on loopback; add httpCertificate/);
  fs.rmSync(server.folder, { recursive: true });
});

test("with a certificate it speaks HTTPS", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "causeway-admin-"));
  const authority = new Authority(folder);
  const { key, certificate } = authority.issue(["localhost"]);
  const config = {
    admin: { http: "127.0.0.1:0", httpCertificate: certificate, httpKey: key },
  };
  return withServer({ config }, async (server) => {
    const admin = await Admin.of(server);
    assert.match(admin.url, /^https:/);
    const url = `https://localhost:${admin.address.port}/readyz`;
    const code = `fetch("${url}").then((x) => x.text()).then(console.log)`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority.ca };
    const body = await new Promise((resolve, reject) =>
      execFile(process.execPath, ["-e", code], { env }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      ),
    );
    assert.deepEqual(JSON.parse(body), { ready: true });
    const plain = await admin.exchange("GET /healthz HTTP/1.1\r\n\r\n");
    assert.doesNotMatch(plain, /HTTP\/1\.1 200/);
    fs.rmSync(folder, { recursive: true });
  });
});

test("what is no good request gets an answer that says why", () =>
  withAdmin(async (admin) => {
    const token = `Authorization: Bearer ${admin.tokens.admin}\r\n`;
    const post = (length, body) =>
      `POST /api HTTP/1.1\r\nHost: localhost\r\n${token}` +
      `Content-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${length}\r\n\r\n${body}`;
    const close = "Connection: close\r\n\r\n";
    for (const [bytes, status] of [
      ["nonsense\r\n\r\n", 400],
      ["GET /healthz HTTP/9.9\r\n\r\n", 400],
      [`GET /healthz HTTP/1.1\r\n${close}`, 400],
      [`GET /healthz HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n${close}`, 400],
      [`GET /healthz HTTP/1.1\r\nHost: evil.example\r\n${close}`, 421],
      [`GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n${close}`, 421],
      [`GET /none HTTP/1.1\r\nHost: localhost\r\n${close}`, 404],
      [`GET /../admin.token HTTP/1.1\r\nHost: localhost\r\n${close}`, 404],
      [`DELETE /metrics HTTP/1.1\r\nHost: localhost\r\n${close}`, 405],
      [`TRACE / HTTP/1.1\r\nHost: localhost\r\n${close}`, 405],
      [`OPTIONS /api HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n${close}`, 405],
      [`GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n${close}`, 403],
      [`GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: ${"x".repeat(9000)}\r\n${close}`, 431],
      [`GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n${close}`, 431],
      [post(70_000, ""), 413],
      [post(2, "[]"), 400],
      [post(9, "{}garbage"), 400],
      [post(18, '{"command":"none"}'), 400],
    ]) {
      const answer = await admin.exchange(bytes);
      const [head] = answer.split("\r\n");
      const seen = Number(head.split(" ")[1]);
      assert.equal(seen, status, bytes.slice(0, 80));
      assert.doesNotMatch(answer, /Access-Control/i);
    }
    // Chunks that never end come to the same bound.
    const chunk = `8000\r\n${"x".repeat(0x8000)}\r\n`;
    const endless = await admin.exchange(
      `POST /api HTTP/1.1\r\nHost: localhost\r\n${token}` +
        `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`,
    );
    assert.match(endless, /^HTTP\/1\.1 413 /);
    assert.equal((await admin.get("/healthz")).status, 200);
  }));

test("a form of another page cannot give a command", () =>
  withAdmin(async (admin) => {
    const answer = await admin.request("/api", {
      method: "POST",
      token: admin.tokens.admin,
      headers: { "Content-Type": "text/plain" },
      body: '{"command":"status"}',
    });
    assert.equal(answer.status, 415);
  }));

test("names of the configuration may be asked for", () =>
  withAdmin(
    async (admin) => {
      const get = (Host) => admin.request("/healthz", { headers: { Host } });
      assert.equal((await get("ops.example.org")).status, 200);
      assert.equal((await get("OPS.example.org:9070")).status, 200);
      assert.equal((await get("other.example.org")).status, 421);
    },
    { config: { admin: { hosts: ["ops.example.org"] } } },
  ));

test("a connection serves many requests, and HEAD has no body", () =>
  withAdmin(async (admin) => {
    const get = (method, end) =>
      `${method} /healthz HTTP/1.1\r\nHost: localhost\r\n${end}\r\n`;
    const text = await admin.exchange(
      get("GET", "") + get("HEAD", "") + get("GET", "Connection: close\r\n"),
    );
    const parts = text.split(/(?=HTTP\/1\.1 200 OK)/);
    assert.equal(parts.length, 3);
    assert.deepEqual(
      parts.map((x) => x.split("\r\n\r\n")[1]),
      ['{"live":true}\n', "", '{"live":true}\n'],
    );
  }));

test("slow and silent clients are cut, and keep nobody out", () =>
  withAdmin(async (admin) => {
    // More than there is room for: the oldest give way.
    const ends = [];
    for (let i = 0; i < 40; ++i)
      ends.push(once((await admin.connect()).resume(), "close"));
    assert.equal((await admin.get("/healthz")).status, 200);
    await within(Promise.all(ends.slice(0, 8)), "the oldest are closed");
    // So do those that have their answer and do not end, or go on with half a
    // request.
    const line = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    for (const bytes of [`${line}Connection: close\r\n\r\n`, `${line}\r\nGET /`]) {
      const held = [];
      for (let i = 0; i < 32; ++i) {
        const socket = await admin.connect({ allowHalfOpen: true });
        socket.write(bytes);
        await within(once(socket, "data"), "an answer");
        held.push(socket);
      }
      assert.equal((await admin.get("/healthz")).status, 200);
      for (const socket of held) socket.destroy();
    }
    // A head that comes a byte at a time does not get more time for it.
    const slow = await admin.connect();
    slow.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: ");
    const start = Date.now();
    const drip = setInterval(() => slow.write("x"), 500);
    await within(once(slow, "close"), "a slow request is cut");
    clearInterval(drip);
    const took = Date.now() - start;
    assert.ok(took > 8_000 && took < 13_000, `after ${took} ms`);
    assert.equal((await admin.get("/healthz")).status, 200);
  }));

test("metrics follow what happens, and Prometheus can read them", (t) =>
  withAdmin(
    async (admin, server) => {
      const value = async (key) => {
        const { samples } = readMetrics(await admin.metrics());
        assert.ok(samples.has(key), key);
        return samples.get(key);
      };
      assert.equal(await value('causeway_sessions{state="established"}'), 0);
      const romeo = await Stream.login(server, "romeo", { resource: "x" });
      const juliet = await Stream.login(server, "juliet");
      await romeo.enable();
      for (let i = 0; i < 3; ++i) juliet.message(romeo.jid, `${i}`);
      for (let i = 0; i < 3; ++i) await romeo.expect(/^<message/);
      assert.equal(await value('causeway_sessions{state="established"}'), 2);
      assert.equal(await value("causeway_sm_unacked_stanzas"), 3);
      assert.ok((await value("causeway_sm_unacked_bytes")) > 100);
      assert.equal(await value('causeway_auth_total{result="success"}'), 2);
      assert.ok((await value("causeway_stanza_seconds_count")) >= 3);
      assert.ok((await value("causeway_stanza_seconds_sum")) < 5);
      assert.equal(await value("causeway_login_seconds_count"), 2);
      romeo.send("<a xmlns='urn:xmpp:sm:3' h='3'/>");
      await eventually(
        "the ack counts",
        async () => (await value("causeway_sm_unacked_stanzas")) === 0,
      );
      await juliet.close();
      await eventually(
        "one session is left",
        async () => (await value('causeway_sessions{state="established"}')) === 1,
      );
      assert.equal(await value("causeway_stanzas_lost_total"), 0);
      assert.equal(await value(`causeway_listener_up{url="${server.ws}"}`), 1);
      const text = await admin.metrics();
      await checkByPrometheus(t, ["check", "metrics"], { input: text });
    },
    { accounts },
  ));

test("a parked session shows as such and as absence once it is back", () =>
  withAdmin(
    async (admin, server) => {
      const read = async () => readMetrics(await admin.metrics()).samples;
      const romeo = await Resumable.login(server, "romeo");
      await romeo.drop();
      await eventually("it is parked", async () => {
        const x = await read();
        return (
          x.get('causeway_sessions{state="parked"}') === 1 &&
          x.get('causeway_sessions{state="established"}') === 0
        );
      });
      await romeo.resume(server);
      await eventually("it is back", async () => {
        const x = await read();
        return (
          x.get('causeway_sessions{state="parked"}') === 0 &&
          x.get('causeway_sessions{state="established"}') === 1 &&
          x.get("causeway_sm_resume_age_seconds_count") === 1
        );
      });
      assert.equal((await read()).get("causeway_sm_parked_total"), 1);
    },
    { accounts },
  ));

test("a session of the process before is no WebSocket handshake", () =>
  withAdmin(
    async (_, server) => {
      const romeo = await Resumable.login(server, "romeo");
      server.process.kill("SIGTERM");
      assert.equal(await server.ended(), 0);
      await romeo.ended;
      server.log = "";
      await server.start();
      const admin = await Admin.of(server);
      const { samples } = readMetrics(await admin.metrics());
      assert.equal(samples.get("causeway_sm_restored_total"), 1);
      const upgrades = 'causeway_ws_upgrades_total{result="opened"}';
      assert.equal(samples.get(upgrades), 0);
    },
    { accounts },
  ));

test("health has reasons for those with a token", () =>
  withAdmin(async (admin, server) => {
    const get = async (target, token) => {
      const { status, body } = await admin.request(target, { token });
      return { status, value: JSON.parse(body) };
    };
    assert.deepEqual(await get("/healthz"), { status: 200, value: { live: true } });
    assert.deepEqual(await get("/readyz"), { status: 200, value: { ready: true } });
    const full = await get("/readyz", admin.tokens.reader);
    assert.equal(full.value.state, "running");
    for (const name of ["node", "draining", "listeners", "upstream", "store"])
      assert.deepEqual(full.value.checks[name], { ok: true }, name);
  }));

test("a node without a reachable upstream server is not ready", () =>
  withAdmin(
    async (admin) => {
      const { body } = await eventually("the server counts as down", async () => {
        const answer = await admin.request("/readyz");
        return answer.status === 503 && answer;
      });
      assert.deepEqual(JSON.parse(body), { ready: false, failed: ["upstream"] });
      const full = await admin.get("/readyz");
      assert.match(
        JSON.parse(full.body).checks.upstream.reason,
        /no server can be reached of example\.org/,
      );
      assert.equal((await admin.request("/healthz")).status, 200);
      const { samples } = readMetrics(await admin.metrics());
      const [[, up]] = [...samples].filter(([key]) =>
        key.startsWith("causeway_upstream_up{"),
      );
      assert.equal(up, 0);
    },
    {
      config: {
        gateway: { maxFailures: 1, retryPause: "1h" },
        domains: {
          "example.org": { upstream: [{ address: "127.0.0.1:1", tls: "none" }] },
        },
      },
    },
  ));

test("dashboard and alert rules name metrics that there are", (t) =>
  withAdmin(async (admin) => {
    const { families } = readMetrics(await admin.metrics());
    const known = new Set(families.keys());
    for (const { name, type } of families.values())
      if (type === "histogram")
        for (const suffix of ["_bucket", "_sum", "_count"]) known.add(name + suffix);
    const monitoring = path.join(here, "../../tools/monitoring");
    const rules = `${monitoring}/prometheus-alerts.yaml`;
    await checkByPrometheus(t, ["check", "rules", rules]);
    for (const file of ["grafana-dashboard.json", "prometheus-alerts.yaml"]) {
      const text = fs.readFileSync(path.join(monitoring, file), "utf8");
      if (file.endsWith(".json")) JSON.parse(text);
      const named = new Set(text.match(/\b(?:causeway|process)_[a-z_]+\b/g));
      assert.ok(named.size > 5, file);
      for (const name of named) assert.ok(known.has(name), `${name} in ${file}`);
    }
    const readme = fs.readFileSync(
      path.join(here, "../../actors/inspect/README.md"),
      "utf8",
    );
    for (const name of families.keys())
      assert.ok(readme.includes(`\`${name}\``), `${name} in README.md`);
  }));
