// The configuration in force: when a change of each key takes effect, what
// waits for a restart, and how it came to be what it is.
import { command } from "./api.js";
import { fill, h, matches } from "./dom.js";
import { Table } from "./table.js";

export class Configuration {
  interval = 10_000;

  constructor() {
    this.filter = h("input", {
      type: "search",
      id: "config-filter",
      placeholder: "key, value, scope …",
      oninput: () => this.show(),
    });
    this.changed = h("input", {
      type: "checkbox",
      id: "config-changed",
      onchange: () => this.show(),
    });
    this.facts = h("dl", { class: "facts" });
    this.notes = h("div");
    this.keys = new Table("Keys", [
      { name: "key", title: "Key" },
      { name: "value", title: "Value" },
      { name: "scope", title: "Takes effect" },
      {
        name: "default",
        title: "Set",
        show: (x) => (x.default ? "default" : "by the file"),
      },
    ]);
    this.past = new Table(
      "Generations",
      [
        { name: "generation", title: "Generation", number: true },
        { name: "at", title: "Since" },
        { name: "trigger", title: "By" },
        { name: "source", title: "From" },
        {
          name: "in_force",
          title: "In force",
          show: (x) => (x.in_force ? "yes" : ""),
        },
      ],
      { sorted: { name: "generation", down: true } },
    );
    this.history = h(
      "section",
      { hidden: true },
      h("h2", {}, "Generations"),
      this.past.element,
    );
    this.element = h(
      "div",
      {},
      h("h2", { class: "unseen" }, "Configuration"),
      h("section", { class: "panel" }, this.facts, this.notes),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "wide" }, "Filter", this.filter),
        h("label", { class: "line" }, this.changed, "Set by the file"),
      ),
      this.keys.element,
      this.history,
    );
    this.rows = [];
  }

  async update() {
    const [now, past] = await Promise.all(
      ["show", "history"].map((verb) => command("config", { verb })),
    );
    this.take(now, past);
  }

  take(now, past) {
    const facts = [
      ["Generation", now.generation],
      ["From", now.source],
      ["Last reload", now.since],
      ["By", now.trigger],
    ];
    fill(
      this.facts,
      facts.map(([name, value]) => [
        h("dt", {}, name),
        h("dd", {}, String(value ?? "–")),
      ]),
    );
    fill(this.notes, waiting(now), refused(now), differs(now));
    this.rows = (now.settings ?? []).map((x) => ({ ...x, id: x.key }));
    this.show();
    const entries = past.history ?? [];
    this.history.hidden = entries.length === 0;
    this.past.show(entries.map((x) => ({ ...x, id: x.generation })));
  }

  show() {
    const rows = this.rows.filter(
      (x) =>
        !(this.changed.checked && x.default) &&
        matches([x.key, x.value, x.scope].join(" "), this.filter.value),
    );
    this.keys.show(rows, `${rows.length} of ${this.rows.length} shown`);
  }
}

const list = (title, mark, lines) => [
  h("p", { class: mark }, title),
  h("ul", { class: "checks" }, lines.map((x) => h("li", {}, h("code", {}, x)))),
];

function waiting({ waiting }) {
  if (!Array.isArray(waiting) || waiting.length === 0) return [];
  return list(
    "Wait for a restart:",
    "warn",
    waiting.map((x) => `${x.key}: ${x.before} → ${x.after}`),
  );
}

function refused({ refused }) {
  if (!refused) return [];
  return list(
    `Refused at ${refused.at} (${refused.trigger}); nothing of it is in force:`,
    "bad",
    (refused.errors ?? []).map((x) => x.text),
  );
}

function differs({ file_differs }) {
  if (!file_differs) return [];
  return [h("p", { class: "warn" }, "The file is not what is in force.")];
}
