// A causewayd in front of upstream servers, and how it tells that one failed.
import assert from "node:assert/strict";
import { FakeUpstream, domain } from "./fake_upstream.mjs";
import { eventually, withServer } from "./server.mjs";
import { Stream, openElement } from "./stream.mjs";

/// Runs `body` against a gateway for the domain of fake_upstream.mjs with
/// these upstream entries; `gateway` and the rest are parts of its
/// configuration. It looks at each of its `probes` endpoints when it starts;
/// `body` begins after that, and `fakes` forget it.
export function withGateway(
  { upstream, domains, probes = upstream?.length ?? 0, fakes = [], ...rest },
  body,
) {
  const config = { ...rest, domains: domains ?? { [domain]: { upstream } } };
  return withServer({ config }, async (server) => {
    const probed = /upstream_(connected|failed) sid=probe/g;
    await eventually(
      "the endpoints have been looked at",
      () => (server.log.match(probed) ?? []).length >= probes,
    );
    for (const fake of fakes) await fake.forget();
    server.before = (await server.query("status")).counters;
    server.logBefore = server.log.length;
    await body(server);
  });
}

/// Runs `body(server, fakes)` with so many fake servers; `entry(fake, i)` adds
/// to the upstream entry of each.
export async function withFakes(
  scripts,
  { entry = () => ({}), ...rest },
  body,
) {
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

/// Opens a stream of the domain; nothing of the answer is read.
export async function begin(server, { to = domain, ...options } = {}) {
  const stream = await Stream.connect(options.url ?? server.ws, options);
  stream.send(openElement(to));
  return stream;
}

/// Logs in by PLAIN.
export function login(server, user = "romeo", options = {}) {
  return Stream.login(server, user, { domain, ...options });
}

/// Waits until a counter has grown by so much since the start.
export function counted(server, name, by) {
  return eventually(`${name} grows by ${by}`, async () => {
    const { counters } = await server.query("status");
    assert.ok(name in counters, `${name} in ${Object.keys(counters)}`);
    return counters[name] === server.before[name] + by;
  });
}

/// Waits for a log line with this event and these fields; each value is a
/// pattern.
export function logged(server, event, fields = {}) {
  const all = Object.entries({ domain: /gw\.example/, ...fields }).map(
    ([name, { source }]) => `(?=.*\\b${name}="?[^\\n]*?(?:${source}))`,
  );
  const line = new RegExp(`\\b${event} ${all.join("")}`);
  return eventually(`log line ${line}`, () =>
    server.log.slice(server.logBefore).match(line),
  );
}

/// A stream that cannot reach its server ends so (G-46): `<open/>`, the error,
/// `<close/>`, close code 1013; with a log line and a count.
export async function expectUnreachable(server, fields, count = 1) {
  const stream = await begin(server);
  await stream.expect(/^<open [^>]*xmpp-framing/);
  await stream.expectError("remote-connection-failed", 1013);
  await logged(server, "upstream_failed", fields);
  await counted(server, "upstream_failed", count);
}

/// The session ends, but not the stream (G-25): close code 1012 and nothing
/// before it.
export async function expectCut(server, stream, fields) {
  await stream.expectClose(1012);
  await counted(server, "upstream_lost", 1);
  if (fields) await logged(server, "upstream_lost", fields);
}

/// The health of an endpoint as `causewayctl status` shows it.
export async function endpoint(server, address, name = domain) {
  const { upstreams } = await server.query("status");
  const { endpoints } = upstreams.find((x) => x.domain === name);
  return endpoints.find((x) => x.endpoint === address);
}

/// Waits until an endpoint is "up" or "down".
export function endpointIs(server, address, state) {
  return eventually(`${address} is ${state}`, async () => {
    const found = await endpoint(server, address);
    return found?.state === state && found;
  });
}
