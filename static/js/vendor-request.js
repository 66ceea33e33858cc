// A code with an amount: counts its time down, and when money comes for it, or its time is up, shows what the server
// says now. Other money is told beside it, so that nothing is missed while a shopper scans.

import { listenAloud, speaker } from "./vendor-device.js";
import { keepListening } from "./vendor-line.js";

const SHOWN_MS = 2000;
const TICK_MS = 1000;
const TRY_AGAIN_MS = 3000;
// So many that came while the screen was away are told one by one; more in one sentence.
const TOLD_ONE_BY_ONE = 3;

// The states in which the shopper has paid what was asked for.
const GOOD = ["paid", "overpaid"];

const at = (id) => document.getElementById(id);
const page = at("listens");
const words = page.dataset;
const sayings = [];
let saying = false;
let toldUpTo = 0;
let endsAt = 0;

async function sayAll() {
  if (saying) return;
  saying = true;
  while (sayings.length) await speaker.say(sayings.shift());
  saying = false;
}

function say(text) {
  sayings.push(text);
  sayAll();
}

// The server draws every state of this page: what it says now takes the place of what it said.
async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const anew = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("request");
    at("request").replaceWith(anew);
    prepare();
    return anew.dataset.state;
  } catch (error) {
    await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    return look();
  }
}

function prepare() {
  const left = at("left");
  if (at("reload")) at("reload").hidden = at("line").dataset.state === "listening";
  if (!left) return;
  endsAt = performance.now() + Number(at("request").dataset.leftS) * TICK_MS;
  left.hidden = false;
  tick();
}

function tick() {
  const left = at("left");
  if (!left) return;
  const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / TICK_MS));
  const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  left.textContent = left.dataset.words.replace("{time}", shown);
  if (seconds > 0) setTimeout(tick, TICK_MS);
  else look();
}

async function arrived(payment) {
  const state = await look();
  at("said").textContent = payment.words;
  scrollTo(0, 0);
  if (GOOD.indexOf(state) === -1) return;
  document.body.classList.add("arrived");
  setTimeout(() => document.body.classList.remove("arrived"), SHOWN_MS);
}

function tellOther(text) {
  const strip = at("other").content.firstElementChild.cloneNode(true);
  strip.querySelector("p").textContent = text;
  at("others").replaceChildren(strip);
}

keepListening({
  url: words.events,
  after: Number(words.after),
  silenceMs: Number(words.silenceMs),
  heard: {
    start({ missed }) {
      if (!missed || missed.count <= TOLD_ONE_BY_ONE) return;
      if (missed.up_to > toldUpTo) say(missed.words);
      toldUpTo = missed.up_to;
    },
    today() {},
    payment(payment) {
      if (payment.receipt_number > toldUpTo) say(payment.words);
      if (payment.request === words.request) arrived(payment);
      else tellOther(words.also.replace("{amount}", payment.amount).replace("{time}", payment.when));
    },
    state(state) {
      at("line").dataset.state = state;
      for (const word of at("line").children) word.hidden = word.dataset.word !== state;
      at("line").hidden = false;
      at("lost").textContent = state === "lost" ? words.lost : "";
      if (at("reload")) at("reload").hidden = state === "listening";
    },
  },
});
listenAloud();
prepare();
