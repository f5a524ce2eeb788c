// Elements and figures as text.

/// h("p", {class: "hint"}, "text", child): an element. Texts never become
/// markup. A property that begins with "on" is a listener; null and false are
/// left out.
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((x) => x !== null && x !== undefined));
  return element;
}

const svgSpace = "http://www.w3.org/2000/svg";

/// The same for SVG.
export function svg(name, properties = {}, ...children) {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(properties))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/// 1234567 as "1.23 M", 0.5 as "0.5".
export function count(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (Math.abs(x) < 10_000)
    return String(Number.isInteger(x) ? x : Number(x.toPrecision(3)));
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (Math.abs(x) >= size) return `${Number((x / size).toPrecision(3))} ${unit}`;
  return String(x);
}

/// 1536 as "1.5 KiB".
export function bytes(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (x >= 1024 && unit < units.length - 1) {
    x /= 1024;
    ++unit;
  }
  return `${unit === 0 ? x : Number(x.toPrecision(3))} ${units[unit]}`;
}

/// Seconds as "3 d 4 h", "12 s" or "0.3 ms".
export function time(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (x === 0) return "0";
  if (x < 1e-3) return `${Number((x * 1e6).toPrecision(3))} µs`;
  if (x < 1) return `${Number((x * 1e3).toPrecision(3))} ms`;
  if (x < 60) return `${Number(x.toPrecision(3))} s`;
  const minutes = Math.floor(x / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(x % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/// Replaces the children of an element.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity));
}

/// Whether every word of the query is somewhere in the text.
export function matches(text, query) {
  const there = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => there.includes(word));
}
