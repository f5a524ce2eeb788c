// A line chart of the last minutes, in SVG.
import { fill, h, svg } from "./dom.js";

const width = 600;
const height = 160;
const left = 64;
const bottom = 20;
const top = 10;

/// The least 1, 2 or 5 times a power of ten that is not below x.
function roundUp(x) {
  if (!(x > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= x * 0.999999);
}

/// Lines over time. `lines` are {name, values}, values and `times` (seconds)
/// as long as each other; null makes a gap. `show` writes a value.
export class Chart {
  constructor(title, names, show) {
    this.names = names;
    this.show = show;
    this.plot = svg("svg", {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      class: "plot",
      preserveAspectRatio: "none",
    });
    this.scale = h("div", { class: "scale", "aria-hidden": "true" });
    this.legend = h("ul", { class: "legend" });
    this.element = h(
      "figure",
      { class: "panel chart" },
      h("figcaption", {}, title),
      h("div", { class: "frame" }, this.plot, this.scale),
      this.legend,
    );
    this.title = title;
  }

  draw(times, lines) {
    const values = lines.flat().filter((x) => x !== null);
    const most = roundUp(Math.max(...values, 0));
    const last = times.at(-1) ?? 0;
    const span = Math.max(last - (times[0] ?? 0), 1);
    const x = (t) => width - ((last - t) / span) * (width - left);
    const y = (v) => height - bottom - (v / most) * (height - bottom - top);
    const shapes = [0, 0.5, 1].map((part) =>
      svg("line", {
        x1: left,
        x2: width,
        y1: y(part * most),
        y2: y(part * most),
        class: "grid",
      }),
    );
    lines.forEach((line, i) => {
      for (const points of pieces(times, line))
        shapes.push(
          svg("polyline", {
            points: points.map(([t, v]) => `${x(t)},${y(v)}`).join(" "),
            class: `line line-${i}`,
          }),
        );
    });
    fill(this.plot, shapes);
    fill(
      this.scale,
      h("span", {}, this.show(most)),
      h("span", {}, this.show(most / 2)),
      h("span", {}, this.show(0)),
    );
    const texts = this.names.map((name, i) => {
      const value = lines[i].at(-1) ?? null;
      return [name, value === null ? "–" : this.show(value)];
    });
    fill(
      this.legend,
      texts.map(([name, value], i) =>
        h("li", { class: `key-${i}` }, `${name} `, h("b", {}, value)),
      ),
    );
    const spoken = texts.map((x) => x.join(" ")).join(", ");
    this.plot.setAttribute("aria-label", `${this.title}: now ${spoken}`);
  }
}

/// The runs of points between gaps; one alone becomes a short line.
function pieces(times, line) {
  const out = [];
  let run = [];
  const end = () => {
    if (run.length === 1) run.push([run[0][0] + 0.5, run[0][1]]);
    if (run.length > 0) out.push(run);
    run = [];
  };
  line.forEach((value, i) => {
    if (value === null) end();
    else run.push([times[i], value]);
  });
  end();
  return out;
}
