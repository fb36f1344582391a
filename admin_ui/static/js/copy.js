// Copies what an element shows. The clipboard needs a secure page; on a plain one the text is selected instead.
const words = JSON.parse(document.body.dataset.liveWords || "{}");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const from = document.getElementById(button.dataset.copy);
  const text = from.value ?? from.textContent;
  let said = words.copied;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    select(from);
    said = document.execCommand("copy") ? words.copied : words.select_all;
  }
  announce(said);
  const label = button.textContent;
  button.textContent = said;
  setTimeout(() => (button.textContent = label), 2000);
});

function select(element) {
  if (element.select) {
    element.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

export function announce(text) {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
}
