// The node at a glance: state, figures, rates and latencies of the last minutes.
import { command, health, metrics } from "./api.js";
import { Chart } from "./chart.js";
import { bytes, count, fill, h, time } from "./dom.js";
import { parse, quantiles, rate, sum } from "./metrics.js";
import { Table } from "./table.js";

/// Looks that are kept: five minutes, one in two seconds.
const most = 150;

/// What has been seen so far; outlives the view, so that the lines go on.
const seen = [];

/// Looks at the figures, whatever view is open.
export async function look() {
  const { text, took } = await metrics();
  const now = { at: performance.now() / 1000, samples: parse(text), took };
  const before = seen.at(-1);
  const step = before ? now.at - before.at : 0;
  const grown = (name, wanted) =>
    before ? rate(before.samples, now.samples, step, name, wanted) : null;
  const quantile = (name, wanted) =>
    before
      ? quantiles(before.samples, now.samples, name, wanted)
      : wanted.map(() => null);
  now.rates = {
    received: grown("causeway_stanzas_received_total"),
    routed: grown("causeway_stanzas_routed_total"),
    logins: grown("causeway_auth_total", { result: "success" }),
    failures: grown("causeway_auth_total", { result: "failure" }),
    resumed: grown("causeway_sm_resume_total", { result: "resumed" }),
    processor: grown("process_cpu_seconds_total"),
  };
  now.stanza = quantile("causeway_stanza_seconds", [0.5, 0.99]);
  now.ack = quantile("causeway_sm_ack_rtt_seconds", [0.5, 0.99]);
  seen.push(now);
  if (seen.length > most) seen.shift();
  return now;
}

const checkNames = {
  node: "Node answers",
  draining: "Takes clients",
  listeners: "Listeners",
  upstream: "Upstream servers",
  store: "Stores",
};

export class Overview {
  interval = 2000;

  constructor() {
    this.tiles = h("dl", { class: "tiles" });
    this.checks = h("ul", { class: "checks" });
    this.stuck = h("ul", { class: "checks", "aria-live": "polite" });
    this.facts = h("dl", { class: "facts" });
    this.charts = {
      rates: new Chart(
        "Stanzas per second",
        ["received", "routed"],
        (x) => count(x),
      ),
      stanza: new Chart(
        "Stanza through the server",
        ["median", "99 %"],
        time,
      ),
      ack: new Chart("Ack of the client", ["median", "99 %"], time),
      logins: new Chart(
        "Logins and resumptions per second",
        ["logins", "failures", "resumed"],
        (x) => count(x),
      ),
      processor: new Chart("Processors in use", ["cores"], (x) => count(x)),
      answer: new Chart("Answer of this endpoint", ["took"], time),
    };
    this.endpoints = new Table(
      "Upstream servers",
      [
        { name: "endpoint", title: "Server" },
        { name: "domain", title: "Domain" },
        { name: "state", title: "State" },
        { name: "streams", title: "Streams", number: true },
        { name: "failures", title: "Failures in a row", number: true },
        { name: "last_error", title: "Last error" },
      ],
    );
    this.upstreams = h(
      "section",
      { hidden: true },
      h("h2", {}, "Upstream servers"),
      this.endpoints.element,
    );
    this.element = h(
      "div",
      {},
      h("h2", { class: "unseen" }, "Overview"),
      this.tiles,
      h(
        "div",
        { class: "pair" },
        h("section", { class: "panel" }, h("h2", {}, "Readiness"), this.checks, this.stuck),
        h("section", { class: "panel" }, h("h2", {}, "Node"), this.facts),
      ),
      h(
        "div",
        { class: "pair" },
        Object.values(this.charts).map((x) => x.element),
      ),
      this.upstreams,
    );
  }

  async update(now) {
    this.draw(now);
    const [report, status] = await Promise.all([health(), command("status")]);
    this.showChecks(report.checks ?? {});
    this.showNode(status);
  }

  draw(now) {
    const at = (name, wanted) => sum(now.samples, name, wanted);
    const state = (x) => at("causeway_sessions", { state: x });
    const lost = at("causeway_stanzas_lost_total");
    const tile = (title, value, note = "", mark = null) =>
      h(
        "div",
        {},
        h("dt", {}, title),
        h("dd", { class: mark }, value, h("small", {}, note)),
      );
    fill(
      this.tiles,
      tile(
        "Sessions",
        count(state("established")),
        `${count(state("negotiating"))} logging in`,
      ),
      tile("Parked", count(state("parked")), "wait for their client"),
      tile(
        "Unacknowledged",
        count(at("causeway_sm_unacked_stanzas")),
        bytes(at("causeway_sm_unacked_bytes")),
      ),
      tile("Memory", bytes(at("process_resident_memory_bytes")), "resident"),
      tile("Lost stanzas", count(lost), "must be 0", lost > 0 ? "bad" : null),
      tile(
        "Failed actors",
        count(at("causeway_actor_failures_total")),
        `${count(at("causeway_actors_silent"))} silent now`,
      ),
    );
    const times = seen.map((x) => x.at);
    const lines = (...pick) => pick.map((f) => seen.map(f));
    const { rates, stanza, ack, logins, processor, answer } = this.charts;
    rates.draw(
      times,
      lines((x) => x.rates.received, (x) => x.rates.routed),
    );
    stanza.draw(times, lines((x) => x.stanza[0], (x) => x.stanza[1]));
    ack.draw(times, lines((x) => x.ack[0], (x) => x.ack[1]));
    logins.draw(
      times,
      lines(
        (x) => x.rates.logins,
        (x) => x.rates.failures,
        (x) => x.rates.resumed,
      ),
    );
    processor.draw(times, lines((x) => x.rates.processor));
    answer.draw(times, lines((x) => x.took));
  }

  showChecks(checks) {
    fill(
      this.checks,
      Object.entries(checks).map(([name, { ok, reason }]) =>
        h(
          "li",
          {},
          h("b", { class: ok ? "good" : "bad" }, ok ? "✓ ok" : "✗ no"),
          ` ${checkNames[name] ?? name}`,
          reason ? `: ${reason}` : "",
        ),
      ),
    );
  }

  showNode(status) {
    fill(
      this.stuck,
      (status.stuck ?? []).map((x) =>
        h(
          "li",
          { class: "bad" },
          h("a", { href: "#actors" }, `${x.kind} #${x.id}`),
          ` is stuck for ${time(x.seconds)} (${x.how})`,
        ),
      ),
    );
    const versions = Object.entries(status.libraries ?? {});
    const facts = [
      ["Name", status.node],
      ["State", status.state],
      ["Version", status.version],
      ["Up", time(status.uptime)],
      ["Process", status.pid],
      ["Processor time", time(status.processor)],
      ["Domains", (status.domains ?? []).join(", ")],
      [
        "Listeners",
        h(
          "ul",
          { class: "checks" },
          (status.listeners ?? []).map((x) => h("li", {}, h("code", {}, x.url))),
        ),
      ],
      ["Libraries", versions.map((x) => x.join(" ")).join(", ")],
    ];
    fill(
      this.facts,
      facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    );
    const rows = (status.upstreams ?? []).flatMap(({ domain, endpoints }) =>
      endpoints.map((x) => ({
        ...x,
        domain,
        id: `${domain} ${x.endpoint}`,
        last_error: x.last_error
          ? `${x.last_error} (${time(x.last_error_age)} ago)`
          : "",
      })),
    );
    this.upstreams.hidden = rows.length === 0;
    this.endpoints.show(rows);
  }
}
