"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 640px)");
const touch = matchMedia("(pointer: coarse)");

// Figures take their colours from the page, so that one file reads well on a light and on a dark screen.
function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { ink: colour("--ink"), soft: colour("--soft"), rule: colour("--rule"), card: colour("--card") };
}

function themed(layout) {
  const colours = theme();
  const dressed = { ...layout, autosize: true, font: { ...layout.font, color: colours.ink } };
  dressed.hoverlabel = { bgcolor: colours.card, bordercolor: colours.rule, font: { color: colours.ink } };
  for (const key of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(key)) {
      const axis = { gridcolor: colours.rule, linecolor: colours.soft, tickcolor: colours.soft, zeroline: false };
      dressed[key] = { ...layout[key], ...axis };
      if (layout[key].type === "date") dressed[key].nticks = narrow.matches ? 4 : 9;
    }
  }
  // A finger on a figure scrolls the page; a mouse drags to zoom.
  dressed.dragmode = touch.matches ? false : "zoom";
  return dressed;
}

function draw() {
  const options = { responsive: true, displayModeBar: false };
  const sources = [...document.querySelectorAll("script[data-plot]")];
  return Promise.all(
    sources.map((source) => {
      const figure = JSON.parse(source.textContent);
      return Plotly.react(source.dataset.plot, figure.data, themed(figure.layout), options);
    }),
  );
}

function value(row, column) {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
}

function order(first, second) {
  if (typeof first === "number" && typeof second === "number") return first - second;
  return String(first).localeCompare(String(second));
}

// What was not measured goes last, whichever way the rest is sorted.
function sort(table, column, descending) {
  const missing = (row) => row.cells[column].textContent === "n/a";
  const rows = [...table.tBodies[0].rows];
  const known = rows.filter((row) => !missing(row));
  known.sort((a, b) => order(value(a, column), value(b, column)) * (descending ? -1 : 1));
  table.tBodies[0].append(...known, ...rows.filter(missing));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(table, column, descending);
    });
  });
}

for (const change of [dark, narrow, touch]) change.addEventListener("change", draw);
draw().then(() => {
  document.documentElement.dataset.ready = "true";
});
