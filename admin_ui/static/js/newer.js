// The list of requests follows what is new only while its beginning is seen; else it counts what has come.
function follow() {
  const list = document.getElementById("request-list");
  if (!list?.dataset.live) return;
  const topics = scrollY < 160 ? "requests" : "";
  if (list.dataset.topics !== topics) list.dataset.topics = topics;
}

function count() {
  const newer = document.getElementById("newer");
  const list = document.getElementById("request-list");
  if (!newer || !list) return;
  // The list keeps the newest id that it was made with; `newer` is always up to date.
  const ids = newer.dataset.ids.split(" ").filter(Boolean);
  const at = ids.indexOf(list.dataset.newest);
  const many = at < 0 ? ids.length : at;
  const words = JSON.parse(newer.dataset.words);
  newer.hidden = many === 0;
  newer.querySelector("a").textContent = (many === 1 ? words.one : words.other).replace("{n}", at < 0 ? `${many}+` : many);
}

function both() {
  follow();
  count();
}

document.addEventListener("scroll", follow, { passive: true });
document.addEventListener("page:refreshed", both);
document.addEventListener("htmx:afterSettle", both);
both();
