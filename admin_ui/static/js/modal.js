// A link with `data-modal` opens the page it leads to as a dialog. Without scripts it is simply that page.
const dialog = document.getElementById("modal");
let opener = null;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-modal]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    event.stopPropagation();
    opener = link.id;
    link.closest("details.menu")?.removeAttribute("open");
    await show(link.href);
  } else if (event.target.closest("[data-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  }
}, true);

async function show(address) {
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const content = page.getElementById("dialog");
  if (!content) {
    location.href = address;
    return;
  }
  dialog.replaceChildren(document.importNode(content, true));
  window.htmx?.process(dialog);
  dialog.showModal();
  (dialog.querySelector("[autofocus]") || dialog.querySelector("input:not([type=hidden]),select,textarea,button"))?.focus();
}

dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  document.getElementById(opener)?.focus();
});
