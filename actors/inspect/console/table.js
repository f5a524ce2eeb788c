// A table that is sorted by its headings, and becomes cards on a phone.
import { fill, h } from "./dom.js";

/// `columns` are {name, title, show(row), order(row), number}. Rows keep their
/// elements as long as their id stays, so that focus and selection do.
export class Table {
  constructor(caption, columns, { sorted, open } = {}) {
    this.columns = columns;
    this.sorted = sorted ?? { name: columns[0].name, down: false };
    this.open = open;
    this.head = h("tr");
    this.body = h("tbody");
    this.note = h("p", { class: "hint", role: "status" });
    this.element = h(
      "div",
      { class: "table cards" },
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, caption),
        h("thead", {}, this.head),
        this.body,
      ),
      this.note,
    );
    this.rows = [];
    this.heads = columns.map((column) => {
      const button = h(
        "button",
        { type: "button", onclick: () => this.sortBy(column.name) },
        column.title,
      );
      return h(
        "th",
        { scope: "col", class: column.number ? "number" : null },
        button,
      );
    });
    fill(this.head, this.heads);
  }

  sortBy(name) {
    const same = this.sorted.name === name;
    this.sorted = { name, down: same ? !this.sorted.down : false };
    this.show(this.rows, this.note.textContent);
  }

  show(rows, note = "") {
    this.rows = rows;
    const by = this.columns.find((x) => x.name === this.sorted.name);
    const sign = this.sorted.down ? -1 : 1;
    const order = by.order ?? ((row) => row[by.name] ?? "");
    const list = [...rows].sort((a, b) => {
      const [x, y] = [order(a), order(b)];
      return x < y ? -sign : x > y ? sign : 0;
    });
    this.heads.forEach((head, i) => {
      if (this.columns[i] !== by) head.removeAttribute("aria-sort");
      else
        head.setAttribute(
          "aria-sort",
          this.sorted.down ? "descending" : "ascending",
        );
    });
    const focused = document.activeElement?.closest?.("tr")?.dataset.id;
    fill(this.body, list.map((row) => this.line(row)));
    if (focused !== undefined && this.open)
      this.body
        .querySelector(`tr[data-id="${CSS.escape(focused)}"] button`)
        ?.focus();
    this.note.textContent = note;
  }

  line(row) {
    const cells = this.columns.map((column, i) => {
      const shown = (column.show ?? ((x) => x[column.name] ?? "–"))(row);
      const content =
        i === 0 && this.open
          ? h(
              "button",
              { type: "button", class: "link", onclick: () => this.open(row) },
              shown,
            )
          : shown;
      return h(
        i === 0 ? "th" : "td",
        {
          scope: i === 0 ? "row" : null,
          "data-title": column.title,
          class: column.number ? "number" : null,
        },
        content,
      );
    });
    return h("tr", { "data-id": row.id }, cells);
  }
}
