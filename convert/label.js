"use strict";

const POLL = 3000; // ms between two looks for new pictures once all are labelled
const RECENT = 8;

const $ = (id) => document.getElementById(id);
const CROP = "cropped-digit";

let state = { items: [], total: 0, labelled: 0, missing: 0 };
let place = 0;
let typed = ""; // what is not yet a whole label
let past = []; // what can be undone: {kind: "label" | "delete" | "skip", item, label}
let saving = Promise.resolve(); // keys may come faster than the disk: one after the other
let skipped = new Set();

const url = (item) => `picture?file=${encodeURIComponent(item.file)}`;
const current = () => state.items[place];

async function load() {
  const answer = await fetch("state.json");
  if (!answer.ok) throw new Error(await answer.text());
  state = await answer.json();
  state.items = state.items.filter((item) => !skipped.has(item.file));
  typed = "";
  place = 0;
  show();
}

function send(action, body) {
  saving = saving.then(async () => {
    try {
      const answer = await fetch(action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error((await answer.text()).trim());
    } catch (error) {
      await failed(error);
    }
  });
}

// What was not saved is asked for again: the page starts anew from what is on the disk.
async function failed(error) {
  past = [];
  try {
    await load();
  } catch {
    error = new Error("The program does not answer. Start it again, then reload this page.");
  }
  $("error").textContent = error.message;
  $("error").hidden = false;
}

function commit(label) {
  past.push({ kind: "label", item: current(), label });
  send("label", { file: current().file, label });
  state.labelled += 1;
  forward();
}

function remove() {
  past.push({ kind: "delete", item: current() });
  send("remove", { file: current().file });
  state.total -= 1;
  forward();
}

function skip() {
  past.push({ kind: "skip", item: current() });
  skipped.add(current().file);
  forward();
}

function forward() {
  state.items.splice(place, 1);
  typed = "";
  $("error").hidden = true;
  show();
}

function undo() {
  const last = past.pop();
  if (!last) return;
  if (last.kind === "label") {
    send("label", { file: last.item.file, label: "" });
    state.labelled -= 1;
  } else if (last.kind === "delete") {
    send("restore", { file: last.item.file });
    state.total += 1;
  } else {
    skipped.delete(last.item.file);
  }
  state.items.splice(place, 0, last.item);
  typed = "";
  show();
}

// "3" is a label at once; "." after it says that it was the beginning of a position.
function reopen() {
  const last = past.at(-1);
  if (typed || !last || last.kind !== "label" || !/^\d$/.test(last.label) || last.item.kind !== CROP) return false;
  undo();
  typed = `${last.label}.`;
  show();
  return true;
}

function pressCrop(key) {
  if (/^\d$/.test(key)) commit(typed + key);
  else if (key === "Enter") accept(typed.replace(".", ""));
  else if (key === "n" || key === "-") commit("blank");
  else return false;
  return true;
}

function pressPicture(key) {
  if (/^[\d.,:?~' -]$/.test(key)) typed += key;
  else if (key === "Enter") accept(typed.trim());
  else return false;
  show();
  return true;
}

function accept(label) {
  if (label || current().guess) commit(label || current().guess);
}

function press(key) {
  if (key === "u" || key === "ArrowLeft") return undo(), true;
  if ((key === "." || key === ",") && reopen()) return true;
  if (!current()) return false;
  const crop = current().kind === CROP;
  if ((key === "Backspace" || key === "Escape") && typed) typed = crop || key === "Escape" ? "" : typed.slice(0, -1);
  else if (crop ? pressCrop(key) : pressPicture(key)) return true;
  else if (key === "s" || key === "ArrowRight") return skip(), true;
  else if (key === "x" || key === "Delete") return remove(), true;
  else return false;
  show();
  return true;
}

function show() {
  const item = current();
  $("folder").textContent = state.folder ?? "Label";
  $("count").textContent = `${state.labelled} of ${state.total} labelled`;
  $("progress").max = state.total || 1;
  $("progress").value = state.labelled;
  $("work").hidden = !item;
  $("done").hidden = Boolean(item);
  if (item) showItem(item);
  else showDone();
  showRecent();
}

function showItem(item) {
  const crop = item.kind === CROP;
  document.body.dataset.kind = crop ? "crop" : "picture";
  if ($("picture").dataset.file !== item.file) {
    $("picture").dataset.file = item.file;
    $("picture").src = url(item);
  }
  $("asks").textContent = typed ? "Typing" : item.guess ? "Read as" : "What does it show?";
  $("answer").textContent = typed ? `${typed}_` : item.guess === "blank" ? "no digit" : item.guess || "?";
  $("answer").dataset.state = typed ? "typed" : item.guess ? "guess" : "open";
  $("accept").textContent = typed ? "take it" : "as read";
  $("accept").parentElement.disabled = !typed && !item.guess;
  $("about").replaceChildren(
    ...[
      ["confidence", item.confidence && `${Math.floor(item.confidence * 100)} %`],
      ["saved as", item.reason?.replace("_", " ")],
      ["display", [item.camera, item.display].filter(Boolean).join(" / ") || item.device],
      ["time", item.time?.replace("T", " ").replace(/\.\d+Z$/, " UTC")],
      ["file", item.file],
    ]
      .filter(([, text]) => text)
      .map(([name, text]) => {
        const row = document.createElement("div");
        row.append(element("dt", name), element("dd", text));
        return row;
      }),
  );
  for (const next of state.items.slice(place + 1, place + 4)) new Image().src = url(next);
}

function showDone() {
  const rest = [
    skipped.size && `${skipped.size} skipped: reload the page to see them again.`,
    state.missing && `${state.missing} cannot be shown: missing or damaged.`,
  ];
  $("rest").textContent = rest.filter(Boolean).join(" ");
  $("next").textContent = `digitstream-convert finetune --data ${state.path ?? "DIR"} --out mine.tflite`;
}

function showRecent() {
  const shown = past.filter((entry) => entry.kind === "label").slice(-RECENT);
  $("recent").replaceChildren(
    ...shown.map(({ item, label }) => {
      const entry = document.createElement("li");
      const image = document.createElement("img");
      image.src = url(item);
      image.alt = "";
      entry.append(image, element("span", label === "blank" ? "–" : label));
      return entry;
    }),
  );
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const onButton = event.target.closest("button") && (event.key === "Enter" || event.key === " ");
  // A key that is held down must not label one picture after the other.
  if (event.repeat ? onButton : !onButton && press(event.key)) event.preventDefault();
});

for (const button of document.querySelectorAll("button[data-key]")) {
  button.addEventListener("click", () => {
    press(button.dataset.key);
    button.blur(); // Enter belongs to the picture, not to the button that was clicked last
  });
}

$("picture").addEventListener("error", () => {
  const item = current();
  if (!item || $("picture").dataset.file !== item.file) return;
  state.items.splice(place, 1);
  state.missing += 1;
  show();
});

setInterval(() => {
  if (!current()) saving.then(load).catch(() => {});
}, POLL);

load().catch(failed);
