// Sends the form and shows the answer while it comes: what is said, each event with its time, the record.
// The one page that is an application; without this module the form works all the same.
import { announce } from "./copy.js";

const MOST_EVENTS = 1000;
const LARGEST = 600000;
const LONGEST_SIDE = 1568;
let running = null;

const at = (id) => document.getElementById(id);
const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-playground]");
  if (!form || event.submitter?.name === "show") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!running) send(form);
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest("#stop")) running?.abort();
  if (event.target.closest("#go-on")) goOn();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.id === "playground") event.target.form.requestSubmit(at("send"));
});

document.addEventListener("change", (event) => {
  if (event.target.id === "image") takeImage(event.target);
});
window.addEventListener("pagehide", () => running?.abort());

async function send(form) {
  const words = JSON.parse(form.dataset.words);
  const began = performance.now();
  running = new AbortController();
  clear(form);
  busy(true);
  state(words.sending);
  let ended = words.done;
  try {
    const headers = { "x-playground": "stream", "x-csrf-token": document.body.dataset.csrf };
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers, signal: running.signal, redirect: "error" });
    if (answer.headers.has("x-refused")) {
      refuse(await answer.json());
      ended = words.failed;
    } else {
      record(form, answer, performance.now() - began);
      state(words.waiting);
      await read(answer, began, words);
      if (!answer.ok) ended = words.failed;
    }
  } catch (error) {
    ended = error.name === "AbortError" ? words.stopped : words.lost;
  }
  running = null;
  at("record-took") && (at("record-took").textContent = seconds(performance.now() - began));
  state(ended);
  busy(false);
  announce(ended);
}

async function read(answer, began, words) {
  const streams = (answer.headers.get("content-type") || "").startsWith("text/event-stream");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let shown = 0;
  for (;;) {
    const { value, done } = await reader.read();
    rest += value || "";
    const events = streams ? rest.split("\n\n") : done ? [rest] : [];
    if (streams) rest = done ? "" : events.pop();
    else if (!done) continue;
    const kept = document.createDocumentFragment();
    for (const one of events) {
      if (!one.trim()) continue;
      if (shown++ < MOST_EVENTS) kept.append(row(one, performance.now() - began));
      else if (shown === MOST_EVENTS + 2) kept.append(row(words.more.replace("{n}", MOST_EVENTS), performance.now() - began));
      const data = streams ? one.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n") : one;
      understand(parsed(data));
    }
    at("event-list")?.append(kept);
    if (done) return;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What an event or a whole answer of either API says.
function understand(event) {
  if (!event || typeof event !== "object") return;
  for (const choice of event.choices || []) {
    const part = choice.delta || choice.message || {};
    say("thoughts", part.reasoning_content);
    say("said", part.content);
    for (const call of part.tool_calls || []) {
      if (call.function?.name) say("said", `\n${call.function.name} `);
      say("said", call.function?.arguments);
    }
  }
  if (event.content_block?.type === "tool_use") say("said", `\n${event.content_block.name} `);
  const blocks = Array.isArray(event.content) ? event.content : [event.delta || {}];
  for (const block of blocks) {
    say("thoughts", block.thinking);
    say("said", block.text);
    say("said", block.partial_json);
    if (block.type === "tool_use") say("said", `\n${block.name} ${JSON.stringify(block.input)}`);
  }
  say("said", event.error?.message);
}

function say(id, text) {
  const place = at(id);
  if (!place || typeof text !== "string" || !text) return;
  place.append(text);
  if (id === "thoughts") at("thoughts-part").hidden = false;
  at("nothing-yet").hidden = true;
}

function row(text, ms) {
  const item = document.createElement("li");
  const time = document.createElement("span");
  const body = document.createElement("pre");
  time.textContent = seconds(ms);
  body.textContent = text;
  item.append(time, body);
  return item;
}

function record(form, answer, ms) {
  const id = answer.headers.get("x-request-id") || "";
  at("record-link").textContent = id;
  at("record-link").href = form.dataset.requests + encodeURIComponent(id);
  at("record-status").textContent = String(answer.status);
  at("record-first").textContent = seconds(ms);
  at("record-notes").textContent = answer.headers.get("x-gateway-notes") || "–";
}

function refuse(problem) {
  const place = at(`${problem.where}-problem`);
  if (!place) {
    say("said", problem.message);
    return;
  }
  place.textContent = problem.message;
  place.hidden = false;
  const field = at(problem.where === "turn" ? "turn-0" : problem.where === "key" ? "as-key" : problem.where);
  field?.closest("details")?.setAttribute("open", "");
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

function clear(form) {
  for (const id of ["said", "thoughts", "event-list"]) at(id).replaceChildren();
  for (const id of ["record-link", "record-status", "record-first", "record-took", "record-notes"]) at(id).textContent = "–";
  at("record-link").removeAttribute("href");
  at("thoughts-part").hidden = true;
  form.querySelectorAll(".problem").forEach((one) => (one.hidden = true));
  form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
}

function busy(is) {
  if (!at("send")) return;
  if (!is && document.activeElement === at("stop")) at("send").focus();
  at("stop").hidden = !is;
  at("send").setAttribute("aria-disabled", String(is));
  at("go-on").hidden = is || !at("said").textContent;
}

function state(text) {
  if (at("answer-state")) at("answer-state").textContent = text;
}

// The answer becomes part of the conversation, with room for the next message.
function goOn() {
  const words = JSON.parse(at("playground").dataset.words);
  for (const text of [at("said").textContent, ""]) {
    const all = document.querySelectorAll("[data-turn]");
    const fresh = all[0].cloneNode(true);
    const [label, area] = [fresh.querySelector("label"), fresh.querySelector("textarea")];
    label.htmlFor = area.id = `turn-${all.length}`;
    label.textContent = all.length % 2 ? words.assistant : words.user;
    area.removeAttribute("aria-describedby");
    area.value = text;
    at("turns").append(fresh);
    area.focus();
  }
  at("go-on").hidden = true;
}

// A picture as a data URL that is small enough to be sent with the form.
async function takeImage(input) {
  const [file] = input.files;
  const words = JSON.parse(at("playground").dataset.words);
  if (!file) return;
  const data = file.size <= LARGEST ? await url(file) : await smaller(file);
  input.value = "";
  at("image-data").value = data.length > LARGEST * 1.4 ? "" : data;
  if (!at("image-data").value) announce(words.too_large);
  at("image-preview").src = at("image-data").value;
  at("image-preview").hidden = !at("image-data").value;
}

function url(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => done("");
    reader.readAsDataURL(blob);
  });
}

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.8);
  } catch {
    return "";
  }
}
