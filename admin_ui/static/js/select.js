// Rows that are ticked: kept by id, ticked again after every swap, counted in the bar of their form.
// <form data-selection> around a table of <input type="checkbox" name="id" value="..." data-row>.
const chosen = new Map();

function key(form) {
  return form.id;
}

function apply() {
  for (const form of document.querySelectorAll("form[data-selection]")) {
    const ids = chosen.get(key(form)) || new Set();
    const boxes = [...form.querySelectorAll("input[data-row]")];
    boxes.forEach((box) => (box.checked = ids.has(box.value)));
    const shown = boxes.filter((box) => box.checked).length;
    form.querySelectorAll("[data-when-chosen]").forEach((bar) => (bar.hidden = shown === 0));
    form.querySelectorAll("[data-count]").forEach((place) => (place.textContent = String(shown)));
    const all = form.querySelector("input[data-all]");
    if (all) {
      all.checked = shown > 0 && shown === boxes.length;
      all.indeterminate = shown > 0 && shown < boxes.length;
    }
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  const form = box.closest?.("form[data-selection]");
  if (!form) return;
  const ids = chosen.get(key(form)) || new Set();
  chosen.set(key(form), ids);
  const boxes = box.matches("[data-all]") ? [...form.querySelectorAll("input[data-row]")] : [box];
  if (!box.matches("[data-all],[data-row]")) return;
  boxes.forEach((each) => (box.checked ? ids.add(each.value) : ids.delete(each.value)));
  apply();
});
document.addEventListener("page:refreshed", apply);
document.addEventListener("htmx:afterSettle", () => {
  if (!document.querySelector("form[data-selection]")) chosen.clear();
  apply();
});
document.addEventListener("submit", (event) => {
  if (event.target.matches?.("form[data-selection]")) chosen.delete(key(event.target));
});
apply();
