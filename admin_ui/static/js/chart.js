// Draws the figures of a page. A figure carries its numbers in `data-chart` and the same numbers as a table; the
// library is fetched by the first figure that is seen. Colours are the style sheets' own, read as they are shown.
let library = null;
const plots = new Map();
const schemes = matchMedia("(prefers-color-scheme: dark)");
const THIN = "\u202f";

function load(figure) {
  library ??= Promise.all([
    arrived(Object.assign(document.createElement("script"), { src: figure.dataset.library })),
    arrived(Object.assign(document.createElement("link"), { rel: "stylesheet", href: figure.dataset.sheet })),
  ]);
  return library;
}

function arrived(element) {
  return new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

function number(value) {
  if (value == null) return "–";
  for (const [size, sign] of [[1e9, "G"], [1e6, "M"]]) {
    if (Math.abs(value) >= size) return `${(value / size).toFixed(1)}${THIN}${sign}`;
  }
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

function millis(value) {
  if (value == null) return "–";
  return value < 1000 ? `${Math.round(value)}${THIN}ms` : `${(value / 1000).toFixed(1)}${THIN}s`;
}

function colour(name, place) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  place.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function two(value) {
  return String(value).padStart(2, "0");
}

// Days and months are those of UTC, hours and minutes those of the reader.
function parts(seconds, utc) {
  const at = new Date(seconds * 1000);
  return utc
    ? [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), 0, 0]
    : [at.getFullYear(), at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes()];
}

function clock(seconds, told) {
  const [year, month, day, hour, minute] = parts(seconds, told.utc);
  if (told.step >= 28 * 86400) return `${year}-${two(month)}`;
  return told.utc ? `${year}-${two(month)}-${two(day)}` : `${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

function tick(seconds, span, told) {
  const [year, month, day, hour, minute] = parts(seconds, told.utc);
  if (span > 300 * 86400) return `${year}-${two(month)}`;
  return told.utc || span > 3 * 86400 || (hour + minute === 0 && span > 7200) ? `${two(month)}-${two(day)}` : `${two(hour)}:${two(minute)}`;
}

// Series that stand on each other are drawn from the highest sum down, each over the one before.
function sums(values) {
  const total = [];
  return values.map((row) => row.map((value, at) => (total[at] = (total[at] ?? 0) + (value ?? 0))));
}

function options(figure, told, width) {
  const place = figure.querySelector(".plot");
  const format = told.unit === "ms" ? millis : number;
  const text = colour("muted", place);
  const grid = { stroke: colour("line", place), width: 1 };
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const stacked = told.kind === "stack";
  const bars = uPlot.paths.bars({ size: [0.85, 48], align: 1 });
  const end = told.starts.at(-1) + told.step;
  const raw = stacked ? [...told.values].reverse() : told.values;
  const names = stacked ? [...told.names].reverse() : told.names;
  const colours = stacked ? [...told.colours].reverse() : told.colours;
  return {
    width,
    height: Number(figure.dataset.height || 240),
    cursor: { sync: figure.dataset.sync ? { key: figure.dataset.sync } : undefined, drag: { x: false, y: false }, points: { show: !stacked } },
    tzDate: told.utc ? (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC") : undefined,
    legend: { show: true, live: true },
    scales: {
      x: { time: true, range: () => [told.starts[0], end] },
      y: { range: (_, low, high) => [0, Math.max(high ?? 0, told.unit === "ms" ? 100 : 4) * 1.05] },
    },
    axes: [
      { stroke: text, grid: { show: false }, ticks: grid, font, space: 64, incrs: end - told.starts[0] > 3 * 86400 ? [1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180, 365].map((days) => days * 86400) : undefined, values: (_, at) => at.map((each) => tick(each, end - told.starts[0], told)) },
      { stroke: text, grid, ticks: { show: false }, font, size: 54, incrs: told.unit === "ms" ? undefined : [1, 2, 5].flatMap((by) => [...Array(14).keys()].map((power) => by * 10 ** power)).sort((left, right) => left - right), values: (_, at) => at.map(format) },
    ],
    series: [
      { label: told.time, value: (_, at) => (at == null ? "–" : clock(stacked ? at : at - told.step / 2, told)) },
      ...names.map((label, index) => ({
        label,
        stroke: colour(colours[index], place),
        fill: stacked ? colour(colours[index], place) : undefined,
        width: stacked ? 0 : 2,
        dash: told.dashed?.includes(label) ? [6, 4] : undefined,
        paths: stacked ? bars : undefined,
        points: stacked ? { show: false } : { show: raw[index].filter((each) => each != null).length <= 60, size: 5, fill: colour(colours[index], place) },
        value: (_, value, __, at) => format(at == null ? null : raw[index][at]),
      })),
    ],
  };
}

function data(told) {
  if (told.kind !== "stack") return [told.starts.map((at) => at + told.step / 2), ...told.values];
  return [told.starts, ...sums(told.values).reverse()];
}

function draw(figure) {
  const place = figure.querySelector(".plot");
  const width = Math.floor(place.clientWidth);
  const told = figure.dataset.chart;
  const known = plots.get(figure.id);
  if (!width || (known?.place === place && known.told === told && known.width === width && known.dark === schemes.matches)) return;
  known?.plot.destroy();
  const parsed = JSON.parse(told);
  const plot = new uPlot(options(figure, parsed, width), data(parsed), place);
  plots.set(figure.id, { plot, place, told, width, dark: schemes.matches });
  figure.dataset.drawn = "";
}

const watcher = new ResizeObserver((entries) => entries.forEach((entry) => drawn(entry.target.closest("[data-chart]"))));

async function drawn(figure) {
  if (!figure) return;
  await load(figure);
  if (figure.isConnected) draw(figure);
}

function all() {
  for (const [id, { plot, place }] of plots) {
    if (!place.isConnected) {
      plot.destroy();
      watcher.unobserve(place);
      plots.delete(id);
    }
  }
  for (const figure of document.querySelectorAll("[data-chart][id]")) {
    watcher.observe(figure.querySelector(".plot"));
    drawn(figure);
  }
}

document.addEventListener("htmx:afterSettle", all);
document.addEventListener("page:refreshed", all);
schemes.addEventListener("change", all);
all();
