// Which upstream server a stream goes to: domains, SRV records, weights and
// health.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { Authority } from "./support/certificates.mjs";
import { FakeDns } from "./support/fake_dns.mjs";
import {
  FakeUpstream,
  domain,
  login as playLogin,
  open,
  plainMechanism,
  secure,
  stay,
} from "./support/fake_upstream.mjs";
import {
  begin,
  counted,
  endpointIs,
  expectUnreachable,
  logged,
  login,
  withFakes,
  withGateway,
} from "./support/gateway.mjs";
import { Stream, openElement } from "./support/stream.mjs";

let folder, ca, certificate;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"));
  const authority = new Authority(path.join(folder, "a"));
  ca = authority.ca;
  certificate = authority.issue([domain]);
});

after(() => fs.rmSync(folder, { recursive: true }));

const taken = (fakes) => fakes.map((fake) => fake.peers.length);

// -- domains ------------------------------------------------------------------

test("exact names go before patterns, the longest pattern wins", async () => {
  const names = ["a.example", "*.example", "*.b.example", "*"];
  const fakes = [];
  const domains = {};
  for (const name of names) {
    const fake = await FakeUpstream.start((peer) => open(peer, plainMechanism));
    fakes.push(fake);
    domains[name] = { upstream: [{ address: fake.address, tls: "none" }] };
  }
  const to = {
    "a.example": 0,
    "c.example": 1,
    "x.b.example": 2,
    "b.example": 1,
    example: 3,
    "elsewhere.test": 3,
  };
  await withGateway({ domains, probes: 1, fakes }, async (server) => {
    for (const [name, index] of Object.entries(to)) {
      const before = taken(fakes);
      const stream = await begin(server, { to: name });
      await stream.expect(/^<open /);
      await stream.expect(/^<stream:features/);
      before[index] += 1;
      assert.deepEqual(taken(fakes), before, name);
      const { tag } = fakes[index].peers.at(-1);
      assert.match(tag, new RegExp(` to=['"]${name}['"]`));
    }
  });
  for (const fake of fakes) await fake.stop();
});

test("a domain that is neither here nor upstream is unknown", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    const stream = await begin(server, { to: "elsewhere.test" });
    await stream.expect(/^<open /);
    await stream.expectError("host-unknown");
    assert.equal(fake.peers.length, 0);
  }));

test("a local domain lives beside an upstream one", async () => {
  const fake = await FakeUpstream.start(stay);
  const upstream = [{ address: fake.address, tls: "none" }];
  const domains = { localhost: {}, [domain]: { upstream } };
  await withGateway({ domains, probes: 1, fakes: [fake] }, async (server) => {
    await server.addAccounts("romeo");
    const far = await login(server, "romeo");
    const near = await login(server, "romeo", { domain: "localhost" });
    assert.equal(far.jid, `romeo@${domain}/r`);
    assert.match(near.jid, /^romeo@localhost\//);
    await near.ping();
    assert.equal(fake.peers.length, 1);
  });
  await fake.stop();
});

// -- SRV ----------------------------------------------------------------------

const srv = (service, port, target = "xmpp.gw.example", rest = {}) => ({
  ...{ name: `_${service}._tcp.${domain}`, type: "SRV", port, target },
  ...rest,
});
const host = { name: "xmpp.gw.example", type: "A", address: "127.0.0.1" };

/// Runs `body` with a gateway that asks a name server with these records.
async function withRecords(records, { probes = 0, fakes = [] }, body) {
  const dns = await FakeDns.start(records);
  const gateway = { nameServers: [dns.address], connectTimeout: "3s" };
  const upstream = [{ srv: domain, ca }];
  try {
    await withGateway({ upstream, gateway, probes, fakes }, (server) =>
      body(server, dns),
    );
  } finally {
    dns.stop();
  }
}

test("SRV records lead to STARTTLS and to direct TLS", async () => {
  const starttls = await FakeUpstream.start(async (peer) => {
    await secure(peer, certificate);
    await playLogin(peer);
  });
  const direct = await FakeUpstream.start(async (peer) => {
    await peer.startTls(certificate);
    await playLogin(peer);
  });
  for (const [service, fake] of [
    ["xmpp-client", starttls],
    ["xmpps-client", direct],
  ]) {
    const records = [srv(service, fake.port), host];
    const options = { probes: 1, fakes: [fake] };
    await withRecords(records, options, async (server, dns) => {
      await login(server);
      assert.equal(fake.peers.length, 1);
      assert.ok(dns.questions.includes(`SRV _xmpps-client._tcp.${domain}`));
      assert.ok(dns.questions.includes(`SRV _xmpp-client._tcp.${domain}`));
    });
  }
  await starttls.stop();
  await direct.stop();
});

test("of two SRV records the lower priority comes first, the other next",
  async () => {
    const script = async (peer) => {
      await peer.startTls(certificate);
      await playLogin(peer);
    };
    const fakes = [];
    for (let i = 0; i < 2; ++i) fakes.push(await FakeUpstream.start(script));
    const records = fakes.map((fake, i) =>
      srv("xmpps-client", fake.port, undefined, { priority: 2 - i }),
    );
    const options = { probes: 2, fakes };
    await withRecords([...records, host], options, async (server) => {
      await login(server);
      assert.deepEqual(taken(fakes), [0, 1]);
      await fakes[1].stop();
      await login(server);
      assert.deepEqual(taken(fakes), [1, 1]);
    });
    await fakes[0].stop();
  });

test("a name without records is told", () =>
  withRecords([], { probes: 1 }, async (server, dns) => {
    await expectUnreachable(server, { cause: /unreachable/ });
    assert.ok(dns.questions.includes(`SRV _xmpp-client._tcp.${domain}`));
  }));

test("a record that offers nothing has no fallback", () =>
  withRecords(
    [srv("xmpps-client", 0, "."), srv("xmpp-client", 0, ".")].concat({
      ...host,
      name: domain,
    }),
    {},
    async (server, dns) => {
      await expectUnreachable(server, { detail: /no XMPP server/ });
      assert.ok(!dns.questions.some((x) => x.startsWith("A ")), dns.questions);
    },
  ));

// -- weights and health -------------------------------------------------------

/// A stream of a client that says who it is, up to its features.
async function beginAs(server, user) {
  const stream = await Stream.connect(server.ws);
  const from = `from='${user}@${domain}'`;
  stream.send(openElement(domain).replace("<open ", `<open ${from} `));
  await stream.expect(/^<open /);
  await stream.expect(/^<stream:features/);
}

test("clients are shared out by weight", () => {
  const weights = [3, 1, 0];
  const scripts = weights.map(() => (peer) => open(peer, plainMechanism));
  const entry = (_, i) => ({ weight: weights[i] });
  return withFakes(scripts, { entry }, async (server, fakes) => {
    const count = 60;
    for (let i = 0; i < count; ++i) await beginAs(server, `user${i}`);
    const [most, some, none] = taken(fakes);
    assert.equal(most + some, count);
    assert.equal(none, 0);
    // 45 are expected; the chance of less than 30 or more than 58 is below
    // one in 100,000.
    assert.ok(most >= 30 && most <= 58, `${most} of ${count}`);
  });
});

test("a client comes to the same server each time", () => {
  const script = (peer) => open(peer, plainMechanism);
  return withFakes([script, script], {}, async (server, fakes) => {
    /// Which of the fakes `begin` comes to, three times.
    const comesTo = async (begin) => {
      const before = taken(fakes);
      for (let i = 0; i < 3; ++i) await begin();
      const grown = taken(fakes).map((n, i) => n - before[i]);
      assert.deepEqual([...grown].sort(), [0, 3]);
      return grown.indexOf(3);
    };
    const used = new Set();
    for (let i = 0; i < 20; ++i)
      used.add(await comesTo(() => beginAs(server, `user${i}`)));
    // One in half a million otherwise.
    assert.equal(used.size, 2);
    // Who does not say who it is is known by its address.
    const { certificate, wss: url } = server;
    await comesTo(async () => {
      const stream = await begin(server, { url, certificate });
      await stream.expect(/^<open /);
      await stream.expect(/^<stream:features/);
    });
  });
});

test("an endpoint that fails is left alone, and tried again later", () =>
  withFakes(
    [stay, stay],
    {
      entry: (_, i) => ({ weight: i === 0 ? 1 : 0 }),
      gateway: { maxFailures: 2, retryPause: "1s" },
    },
    async (server, [first, second]) => {
      await login(server);
      await endpointIs(server, first.address, "up");
      await first.stop();
      for (let i = 0; i < 2; ++i) await login(server);
      const endpoint = new RegExp(first.address);
      await logged(server, "upstream_endpoint_down", { endpoint });
      const down = await endpointIs(server, first.address, "down");
      assert.equal(down.failures, 2);
      assert.match(down.last_error, /refused/i);
      // It listens again, but nobody looks before the pause is over.
      await first.listen();
      await login(server);
      assert.deepEqual(taken([first, second]), [1, 3]);
      await logged(server, "upstream_endpoint_up", { endpoint });
      const up = await endpointIs(server, first.address, "up");
      assert.equal(up.failures, 0);
      // The look, and the stream that comes after it.
      await login(server);
      assert.deepEqual(taken([first, second]), [3, 3]);
      await counted(server, "upstream_failed", 0);
    },
  ));

test("status tells the streams of each endpoint", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    const streams = [];
    for (let i = 0; i < 3; ++i) streams.push(await login(server, `user${i}`));
    const found = await endpointIs(server, fake.address, "up");
    assert.equal(found.streams, 3);
    const text = await server.ctl(["status"]);
    assert.match(text.stdout, new RegExp(fake.address));
  }));
