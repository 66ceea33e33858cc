// The live screen: each payment large, green for two seconds, and aloud; several in a row one after the other.

import { listenAloud, speaker } from "./vendor-device.js";
import { keepListening } from "./vendor-line.js";

const SHOWN_MS = 2000;
const BETWEEN_MS = 200;
// So many that came while the screen was away are told one by one; more in one sentence.
const TOLD_ONE_BY_ONE = 3;
const ROWS_KEPT = 500;

const at = (id) => document.getElementById(id);
const live = at("live");
const words = live.dataset;
const queue = [];
let showing = false;
let toldUpTo = 0;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const counted = (text, count) => text.replace("{n}", String(count).replace(/\B(?=(\d{3})+$)/g, "."));

function show(arrival) {
  at("word").textContent = arrival.word;
  at("amount").textContent = arrival.amount;
  at("amount").dataset.digits = String(arrival.amount_vnd).length;
  at("when").textContent = arrival.when;
  at("bank").textContent = arrival.bank;
  at("newest").hidden = false;
  at("waiting").hidden = true;
  at("said").textContent = `${arrival.word} ${arrival.amount}`;
}

async function showQueue() {
  if (showing) return;
  showing = true;
  while (queue.length) {
    const arrival = queue.shift();
    show(arrival);
    document.body.classList.add("arrived");
    const green = pause(SHOWN_MS).then(() => document.body.classList.remove("arrived"));
    await Promise.all([green, speaker.say(arrival.words)]);
    if (queue.length) await pause(BETWEEN_MS);
  }
  showing = false;
}

function announce(arrival) {
  queue.push(arrival);
  showQueue();
}

function addRow(payment) {
  const row = at("receipt").content.firstElementChild.cloneNode(true);
  row.querySelector("time").textContent = payment.when;
  if (payment.payer_bank_name) row.children[1].textContent = payment.payer_bank_name;
  row.querySelector(".amount").textContent = payment.amount;
  row.querySelector("a").href = row.querySelector("a").getAttribute("href").replace(/0$/, payment.receipt_number);
  const detail = row.querySelector(".detail");
  detail.textContent = detail.textContent.replace("{n}", payment.receipt_number);
  const list = at("receipts");
  list.prepend(row);
  if (list.children.length > ROWS_KEPT) list.lastElementChild.remove();
  at("latest").hidden = false;
}

function showToday(today) {
  const count = today.payments_count;
  at("today-words").textContent = count === 1 ? words.todayOne : counted(words.todayMany, count);
  at("today-amount").textContent = today.amount;
  at("went-back").textContent = at("went-back").dataset.words.replace("{amount}", today.returned);
  at("went-back").hidden = !today.returned_vnd;
}

const heard = {
  start({ today, missed }) {
    showToday(today);
    if (!missed || missed.count <= TOLD_ONE_BY_ONE) return;
    if (missed.up_to > toldUpTo) {
      announce({ ...missed, word: counted(words.missed, missed.count), when: "", bank: "" });
    }
    toldUpTo = missed.up_to;
  },
  today: showToday,
  payment(payment) {
    addRow(payment);
    showToday(payment.today);
    if (payment.receipt_number > toldUpTo) {
      announce({ ...payment, word: words.received, bank: payment.payer_bank_name || "" });
    }
  },
  state(state) {
    at("line").dataset.state = state;
    for (const word of at("line").children) word.hidden = word.dataset.word !== state;
    at("line").hidden = false;
    at("lost").textContent = state === "lost" ? words.lost : "";
    at("reload").hidden = state === "listening";
  },
};

listenAloud();
keepListening({
  url: words.events,
  after: Number(words.after),
  silenceMs: Number(words.silenceMs),
  heard,
});
