// Which upstream server a stream goes to: domains, SRV records, weights,
// health; and what the server is told of its client.
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
  withGateway,
} from "./support/gateway.mjs";
import { Stream, attribute, ns } from "./support/stream.mjs";

let folder, ca, certificate;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"));
  const authority = new Authority(path.join(folder, "a"));
  ca = authority.ca;
  certificate = authority.issue([domain]);
});

after(() => fs.rmSync(folder, { recursive: true }));

/// Runs `body(server, fakes)` with so many fake servers; `entry(fake, i)` adds
/// to the upstream entry of each.
async function withFakes(scripts, { entry = () => ({}), ...rest }, body) {
  const fakes = [];
  for (const script of scripts) fakes.push(await FakeUpstream.start(script));
  const upstream = fakes.map((fake, i) => ({
    address: fake.address,
    tls: "none",
    ...entry(fake, i),
  }));
  try {
    await withGateway({ upstream, fakes, ...rest }, (server) =>
      body(server, fakes),
    );
  } finally {
    for (const fake of fakes) await fake.stop();
  }
}

const taken = (fakes) => fakes.map((fake) => fake.peers.length);

// -- domains ------------------------------------------------------------------

test("exact names go before patterns, and the longest pattern wins", async () => {
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

test("streams are shared out by weight", () => {
  const weights = [3, 1, 0];
  const scripts = weights.map(() => (peer) => open(peer, plainMechanism));
  const entry = (_, i) => ({ weight: weights[i] });
  return withFakes(scripts, { entry }, async (server, fakes) => {
    const count = 60;
    for (let i = 0; i < count; ++i) {
      const stream = await begin(server);
      await stream.expect(/^<open /);
      await stream.expect(/^<stream:features/);
    }
    const [most, some, none] = taken(fakes);
    assert.equal(most + some, count);
    assert.equal(none, 0);
    // 45 are expected; the chance of less than 30 or more than 58 is below
    // one in 100,000.
    assert.ok(most >= 30 && most <= 58, `${most} of ${count}`);
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
      const seen = second.peers.length;
      for (let i = 0; i < 40 && first.peers.length === 1; ++i) {
        await login(server);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await logged(server, "upstream_endpoint_up", { endpoint });
      const up = await endpointIs(server, first.address, "up");
      assert.equal(up.failures, 0);
      assert.ok(second.peers.length > seen, "the pause lasted");
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

// -- what the server is told --------------------------------------------------

test("PROXY protocol v1 and v2 tell the address of the client", async () => {
  const read = async (peer) => {
    peer.socket.setEncoding("latin1");
    const [first] = await peer.expect(/^[^]{12}/);
    if (first.startsWith("PROXY ")) {
      const [rest] = await peer.expect(/^[^\n]*\n/);
      peer.header = first + rest;
    } else {
      const [head] = await peer.expect(/^[^]{4}/);
      const size = Buffer.from(head, "latin1").readUInt16BE(2);
      const [rest] = await peer.expect(new RegExp(`^[^]{${size}}`));
      peer.header = Buffer.from(first + head + rest, "latin1");
    }
    await playLogin(peer);
  };
  for (const proxyProtocol of ["v1", "v2"])
    await withFakes(
      [read],
      { entry: () => ({ proxyProtocol }) },
      async (server, [fake]) => {
        const { wire } = await login(server);
        const { localPort, remotePort } = wire.socket;
        const { header } = fake.peers[0];
        if (proxyProtocol === "v1")
          assert.equal(
            header,
            `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${remotePort}\r\n`,
          );
        else {
          const magic = "0d0a0d0a000d0a515549540a";
          assert.equal(header.toString("hex", 0, 12), magic);
          assert.equal(header.toString("hex", 12, 16), "2111000c");
          assert.equal(header.toString("hex", 16, 24), "7f0000017f000001");
          assert.equal(header.readUInt16BE(24), localPort);
          assert.equal(header.readUInt16BE(26), remotePort);
        }
      },
    );
});

test("from, to, xml:lang and version of open reach the server", () =>
  withFakes(
    [(peer) => open(peer, plainMechanism)],
    {},
    async (server, [fake]) => {
      const stream = await Stream.connect(server.ws);
      stream.send(
        `<open xmlns='${ns.framing}' to='${domain}' version='1.0' ` +
          `from='romeo@${domain}' xml:lang='de'/>`,
      );
      const answer = await stream.expect(/^<open /);
      assert.equal(attribute(answer, "id"), "upstream-1");
      assert.equal(attribute(answer, "from"), domain);
      assert.equal(attribute(answer, "version"), "1.0");
      const { tag } = fake.peers[0];
      assert.equal(attribute(tag, "to"), domain);
      assert.equal(attribute(tag, "from"), `romeo@${domain}`);
      assert.equal(attribute(tag, "xml:lang"), "de");
      assert.equal(attribute(tag, "version"), "1.0");
      assert.equal(attribute(tag, "xmlns"), "jabber:client");
    },
  ));

test("what the client sends before the server is ready is not lost", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    const stream = await begin(server);
    const payload = Buffer.from("\0romeo\0secret").toString("base64");
    stream.send(
      `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${payload}</auth>`,
    );
    await stream.expect(/^<open /);
    await stream.expect(/^<stream:features/);
    await stream.expect(/^<success /);
    assert.equal(fake.peers.length, 1);
  }));

// -- passwords ----------------------------------------------------------------

const others = Object.values(os.networkInterfaces())
  .flat()
  .filter((x) => !x.internal && x.family === "IPv4");

test(
  "PLAIN is not offered over a leg that others could read",
  { skip: others.length === 0 && "this machine has no other address" },
  () => {
    const both = `<mechanisms xmlns='${ns.sasl}'><mechanism>SCRAM-SHA-1` +
      "</mechanism><mechanism>PLAIN</mechanism></mechanisms>";
    const listeners = [
      { address: "127.0.0.1:0" },
      { address: `${others[0].address}:0`, insecure: true },
    ];
    const script = (peer) => open(peer, both);
    return withFakes([script], { listeners }, async (server, [fake]) => {
      const near = await begin(server, { url: server.urls[0] });
      await near.expect(/^<open /);
      await near.expect(/<mechanism>PLAIN</);
      const far = await begin(server, { url: server.urls[1] });
      await far.expect(/^<open /);
      const features = await far.expect(/<mechanism>SCRAM-SHA-1</);
      assert.doesNotMatch(features, /PLAIN/);
      // Nor does it pass unasked.
      far.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AGEAYg==</auth>`);
      await far.expect(/^<failure .*<encryption-required/);
      assert.doesNotMatch(fake.peers.at(-1).unread, /AGEAYg/);
    });
  },
);

test("SASL passes and is not logged, at no level", () =>
  withFakes([stay], { log: { level: "trace" } }, async (server) => {
    const stream = await login(server, "romeo");
    await stream.close();
    const payload = Buffer.from("\0romeo\0secret").toString("base64");
    assert.doesNotMatch(server.log, /\bsecret\b/);
    assert.ok(!server.log.includes(payload));
  }));
