"use strict";

const RETRY_MS = 1500;
const cards = new Map();
const visible = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const card = cards.get(entry.target.dataset.camera);
    card.visible = entry.isIntersecting;
    ask(card);
  }
});
let socket = null;

function connect() {
  const url = new URL("live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    setPill(document.getElementById("link"), "live", "connected");
    for (const card of cards.values()) card.asked = false;
  };
  socket.onmessage = ({ data }) => (typeof data === "string" ? showState(JSON.parse(data)) : showPicture(data));
  socket.onclose = () => {
    setPill(document.getElementById("link"), "failed", "not connected");
    document.body.classList.add("offline");
    setTimeout(connect, RETRY_MS);
  };
}

/* One picture is on its way for each card that can be seen: a slow line gets fewer, never older ones. */
function ask(card) {
  if (card.asked || !card.visible || !card.hasPicture || document.hidden) return;
  if (socket.readyState !== WebSocket.OPEN) return;
  card.asked = true;
  socket.send(card.name);
}

function showPicture(data) {
  const length = new DataView(data).getUint16(0);
  const card = cards.get(new TextDecoder().decode(new Uint8Array(data, 2, length)));
  if (!card) return;
  const url = URL.createObjectURL(new Blob([new Uint8Array(data, 2 + length)], { type: "image/jpeg" }));
  card.image.onload = card.image.onerror = () => {
    URL.revokeObjectURL(url);
    card.asked = false;
    ask(card);
  };
  card.image.src = url;
}

function showState(state) {
  document.body.classList.remove("offline");
  document.getElementById("program").textContent = state.program;
  document.getElementById("empty").hidden = state.cameras.length > 0;
  for (const camera of state.cameras) showCamera(camera);
  document.body.classList.toggle("single", cards.size === 1);
}

function showCamera(camera) {
  const card = cards.get(camera.camera) ?? addCard(camera.camera);
  const down = camera.state !== "live" && camera.state !== "ended";
  card.root.classList.toggle("down", down);
  setPill(card.state, camera.state, camera.state.replace("_", " "));
  card.caption.textContent = down ? camera.error ?? "no picture" : "";
  if (camera.size) {
    card.image.width = camera.size[0];
    card.image.height = camera.size[1];
    card.image.alt = `What ${camera.camera} sees`;
  }
  card.hasPicture = camera.size !== null;
  showReadings(card, camera.readings);
  showFacts(card.facts, {
    size: camera.size?.join(" × "),
    fps: camera.fps.toFixed(1),
    latency: camera.latency_ms === null ? null : `${Math.round(camera.latency_ms)} ms`,
    frames: camera.frames.toLocaleString(),
    dropped: camera.drops ? camera.drops.toLocaleString() : null,
    reconnects: camera.reconnects || null,
    "picture age": camera.picture_age_s > 2 ? duration(camera.picture_age_s) : null,
  });
  ask(card);
}

function addCard(name) {
  const root = document.getElementById("camera").content.firstElementChild.cloneNode(true);
  root.dataset.camera = name;
  const find = (selector) => root.querySelector(selector);
  const card = {
    name, root, image: find("img"), caption: find("figcaption"), state: find(".state"),
    rows: find("tbody"), table: find("table"), facts: find("dl"),
    visible: false, asked: false, hasPicture: false,
  };
  find("h2").textContent = name;
  cards.set(name, card);
  document.getElementById("cameras").append(root);
  visible.observe(root);
  return card;
}

function showReadings(card, readings) {
  card.table.hidden = readings.length === 0;
  while (card.rows.children.length > readings.length) card.rows.lastElementChild.remove();
  while (card.rows.children.length < readings.length) {
    card.rows.append(document.getElementById("reading").content.cloneNode(true));
  }
  readings.forEach((reading, i) => {
    const row = card.rows.children[i];
    const [display, value, confidence, status] = row.children;
    row.dataset.status = reading.status;
    display.textContent = reading.display;
    value.children[0].textContent = reading.text ?? "–";
    value.children[1].textContent = reading.text === null ? "" : reading.unit ?? "";
    confidence.querySelector(".bar > i").style.width = `${reading.confidence * 100}%`;
    confidence.children[1].textContent = `${Math.floor(reading.confidence * 100)} %`;
    setPill(status.children[0], reading.status, reading.status.replace("_", " "));
    status.children[1].textContent = lastOk(reading);
  });
}

function lastOk({ status, last_ok: last }) {
  if (status === "ok") return "";
  return last ? `ok ${duration(last.age_s)} ago: ${last.text}` : "never ok";
}

function showFacts(list, facts) {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  list.replaceChildren(...shown.map(([name, value]) => {
    const item = document.createElement("div");
    const term = item.appendChild(document.createElement("dt"));
    const text = item.appendChild(document.createElement("dd"));
    term.textContent = name;
    text.textContent = value;
    return item;
  }));
}

function setPill(pill, kind, text) {
  pill.dataset.kind = kind;
  pill.textContent = text;
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

document.addEventListener("visibilitychange", () => {
  for (const card of cards.values()) ask(card);
});
connect();
