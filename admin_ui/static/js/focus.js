// After a swap the focus is where it was: on the control of the same id, else on the page's content.
let last = null;

document.addEventListener("htmx:beforeSwap", () => {
  last = document.activeElement?.id || null;
});
document.addEventListener("htmx:afterSwap", () => {
  // At once: the page may now show what the dialog did, under the same ids.
  const dialog = document.getElementById("modal");
  if (dialog?.open) {
    dialog.close();
    dialog.replaceChildren();
  }
});
document.addEventListener("htmx:afterSettle", () => {
  const target = (last && document.getElementById(last)) || document.querySelector("main [autofocus]") || document.getElementById("content");
  target?.focus({ preventScroll: Boolean(last) });
  last = null;
});
// What is kept up to date may take away the very control that has the focus.
let held = null;
document.addEventListener("focusin", (event) => (held = event.target));
document.addEventListener("page:refreshed", () => {
  if (held && !held.isConnected && document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
});
