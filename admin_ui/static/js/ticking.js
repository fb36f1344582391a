// Times left run on from the instant that the server gave; and a reader hears when something got a good step further.
import { announce } from "./copy.js";

const STEPS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const units = JSON.parse(document.body.dataset.liveWords || "{}").units || {};
let heard = "";

export function span(seconds) {
  const found = STEPS.findIndex(([unit]) => seconds >= unit);
  const at = found < 0 ? STEPS.length - 1 : found;
  const [unit, sign] = STEPS[at];
  const whole = Math.max(0, Math.floor(seconds / unit));
  const [less, lesser] = STEPS[at + 1] || [1, "s"];
  const part = less >= 60 ? Math.floor((seconds % unit) / less) : 0;
  return `${whole}\u202f${units[sign]}${part ? ` ${part}\u202f${units[lesser]}` : ""}`;
}

function tick() {
  for (const place of document.querySelectorAll("time[data-until]")) {
    const text = span(Number(place.dataset.until) - Date.now() / 1000);
    if (place.textContent !== text) place.textContent = text;
  }
}

function tell() {
  const now = document.querySelector("[data-announce]")?.dataset.announce || "";
  if (now && now !== heard) announce(now);
  heard = now;
}

document.addEventListener("page:refreshed", tell);
document.addEventListener("htmx:afterSettle", tell);
setInterval(tick, 1000);
tell();
