// Keeps the parts of a page that name topics as they are on the server. One stream, only while the tab is seen.
// An event says which topics moved; the page is fetched once and its parts of those topics are morphed in place.
import { span } from "./ticking.js";

const POLL_MS = 10000;
const STALE_MS = 15000;
const words = JSON.parse(document.body.dataset.liveWords || "{}");
const prefix = document.body.dataset.prefix || "";
let source = null;
let lastSign = 0;
let opened = 0;
let polled = 0;
let fetching = false;
let wanted = new Set();
let waiting = 0;
const looked = new Map();

export const keep = {
  // What the reader has done to the page survives what the server sends.
  ignoreActiveValue: true,
  callbacks: {
    beforeNodeMorphed: (old) => !(old instanceof Element && old.hasAttribute("data-keep")),
    beforeAttributeUpdated: (name, element) => !(name === "open" && /^(DETAILS|DIALOG)$/.test(element.tagName)),
  },
};

function parts(topics) {
  return [...document.querySelectorAll("[data-topics][id]")].filter((part) =>
    part.dataset.topics.split(" ").some((topic) => topics.has(topic)),
  );
}

// A part that is dear to make says with `data-pace` how many seconds lie between two looks at it.
function isDue(part) {
  return Date.now() - (looked.get(part.id) ?? 0) >= 1000 * Number(part.dataset.pace || 0);
}

export async function refresh(topics) {
  topics.forEach((topic) => wanted.add(topic));
  const named = parts(wanted);
  if (fetching || named.length === 0) return;
  clearTimeout(waiting);
  if (!named.some(isDue)) {
    waiting = setTimeout(() => refresh(new Set()), 1000);
    return;
  }
  fetching = true;
  const asked = wanted;
  wanted = new Set();
  const where = location.href;
  try {
    const response = await fetch(where, { headers: { "x-live": "1" }, redirect: "error" });
    if (!response.ok || where !== location.href) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of parts(asked)) {
      const now = fresh.getElementById(part.id);
      if (now) Idiomorph.morph(part, now, keep);
      looked.set(part.id, Date.now());
    }
    document.dispatchEvent(new CustomEvent("page:refreshed"));
  } catch {
    // The strip tells the age; the next event tries again.
  } finally {
    fetching = false;
    if (wanted.size) setTimeout(() => refresh(new Set()), 500);
  }
}

function everything() {
  const all = [...document.querySelectorAll("[data-topics]")].flatMap((part) => part.dataset.topics.split(" "));
  return refresh(new Set(all));
}

function sign() {
  lastSign = Date.now();
  say();
}

function open() {
  if (source || document.hidden) return;
  opened = Date.now();
  source = new EventSource(`${prefix}/admin/events`);
  source.addEventListener("hello", sign);
  source.addEventListener("beat", sign);
  source.addEventListener("moved", (event) => {
    sign();
    refresh(new Set(JSON.parse(event.data).topics));
  });
}

function close() {
  source?.close();
  source = null;
}

function say() {
  const place = document.getElementById("live");
  if (!place) return;
  const now = Date.now();
  const streams = source && source.readyState === 1 && now - lastSign < STALE_MS;
  const buffered = !streams && now - Math.max(lastSign, opened) > STALE_MS;
  if (buffered && now - polled > POLL_MS) {
    polled = now;
    everything();
    if (source?.readyState === 2) close();
    open();
  }
  const age = (at) => (at ? span((now - at) / 1000) : "…");
  const text = streams
    ? words.live.replace("{age}", age(lastSign))
    : buffered
      ? (lastSign ? words.stale : words.polling).replace("{age}", age(lastSign || polled))
      : words.connecting;
  if (place.textContent !== text) place.textContent = text;
  place.dataset.state = streams ? "live" : buffered ? "stale" : "connecting";
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
  } else {
    if (lastSign) everything();
    open();
  }
});
document.addEventListener("htmx:afterSettle", say);
window.addEventListener("pagehide", close);
setInterval(say, 1000);
open();
say();
