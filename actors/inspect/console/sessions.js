// Every client stream, filtered and sorted.
import { command } from "./api.js";
import { bytes, count, fill, h, matches, time } from "./dom.js";
import { SessionDetail } from "./session_detail.js";
import { Table } from "./table.js";

/// Rows that are asked for; a filter looks at these.
const most = 1000;

const words = (x) =>
  [x.jid, x.address, x.user_agent, x.mechanism, x.stream_id, x.state].join(" ");

const columns = [
  { name: "jid", title: "Address", show: (x) => x.jid || "not logged in" },
  { name: "state", title: "State" },
  { name: "address", title: "From" },
  { name: "user_agent", title: "Client" },
  {
    name: "secure",
    title: "TLS",
    show: (x) => (x.secure ? "yes" : "no"),
  },
  { name: "resume", title: "Resume" },
  {
    name: "unacked",
    title: "Unacked",
    number: true,
    show: (x) => count(x.unacked),
    order: (x) => x.unacked ?? -1,
  },
  {
    name: "h_in",
    title: "h in / out",
    number: true,
    show: (x) => (x.sm === "on" ? `${x.h_in} / ${x.h_out}` : "off"),
    order: (x) => (x.sm === "on" ? x.h_in : -1),
  },
  {
    name: "bytes",
    title: "In / out",
    number: true,
    show: (x) => `${bytes(x.bytes_in)} / ${bytes(x.bytes_out)}`,
    order: (x) => (x.bytes_in ?? 0) + (x.bytes_out ?? 0),
  },
  {
    name: "age",
    title: "Age",
    number: true,
    show: (x) => time(x.age),
    order: (x) => x.age,
  },
];

export class Sessions {
  interval = 5000;

  constructor() {
    this.filter = h("input", {
      type: "search",
      id: "session-filter",
      placeholder: "address, client, state …",
      oninput: () => this.show(),
    });
    this.state = h(
      "select",
      { id: "session-state", onchange: () => this.show() },
      h("option", { value: "" }, "any"),
    );
    this.table = new Table("Sessions", columns, {
      open: (row) => this.detail.open(row),
    });
    this.detail = new SessionDetail();
    this.element = h(
      "div",
      {},
      h("h2", { class: "unseen" }, "Sessions"),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "wide" }, "Filter", this.filter),
        h("label", {}, "State", this.state),
      ),
      this.detail.element,
      this.table.element,
    );
    this.rows = [];
    this.leftOut = 0;
  }

  async update() {
    const { sessions, left_out } = await command("sessions", { limit: most });
    this.rows = sessions;
    this.leftOut = left_out ?? 0;
    const states = [...new Set(sessions.map((x) => x.state))].sort();
    const chosen = this.state.value;
    fill(
      this.state,
      h("option", { value: "" }, "any"),
      states.map((x) => h("option", { value: x }, x)),
    );
    this.state.value = states.includes(chosen) ? chosen : "";
    this.show();
    const open = sessions.find((x) => x.id === this.detail.id);
    await this.detail.update(open ?? null);
  }

  show() {
    const rows = this.rows.filter(
      (x) =>
        (!this.state.value || x.state === this.state.value) &&
        matches(words(x), this.filter.value),
    );
    const left = this.leftOut > 0 ? `; ${this.leftOut} more are left out` : "";
    this.table.show(rows, `${rows.length} of ${this.rows.length} shown${left}`);
  }
}
