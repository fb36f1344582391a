// Single keys, never while typing: / finds, g and a letter goes, j and k move, x ticks, Enter opens, ? lists.
// They can be switched off on the list that ? opens.
const PAGES = { o: "", a: "accounts", m: "models", k: "keys", r: "requests", u: "usage", p: "playground", j: "jobs", s: "settings", y: "system" };
const prefix = document.body.dataset.prefix || "";
let goes = false;

function typing(target) {
  return target.closest?.("input:not([type=checkbox]),textarea,select,[contenteditable]");
}

function off() {
  return document.cookie.includes("shortcuts=off");
}

function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr")];
}

function move(by) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("current"));
  all[at]?.classList.remove("current");
  const row = all[Math.min(all.length - 1, Math.max(0, at + by))];
  row?.classList.add("current");
  row?.querySelector("a,button")?.focus();
}

const KEYS = {
  "/": () => document.querySelector("[data-find]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: () => document.querySelector("tr.current input[data-row]")?.click(),
  e: () => document.querySelector("tr.current [data-key='e']")?.click(),
  r: () => document.querySelector("tr.current [data-key='r']")?.click(),
  "?": () => document.getElementById("shortcuts-link")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]") || off()) return;
  if (goes && event.key in PAGES) {
    goes = false;
    event.preventDefault();
    document.getElementById(`nav-${PAGES[event.key] || "overview"}`)?.click();
    return;
  }
  goes = event.key === "g";
  if (goes || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
