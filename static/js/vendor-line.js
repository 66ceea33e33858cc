// A stall's stream, kept open. It comes back by itself after every cut, with the last receipt number it heard, and
// hands every payment over once and in order. EventSource alone is not enough: it gives up on the first answer that is
// not 200, and it cannot tell a quiet line from a dead one.

const WAITS_MS = [1000, 2000, 4000, 8000, 15000];
const GRACE_MS = 2000;
const TRIES_BEFORE_ASKING = 2;
// What a new connection cannot mend: signed out, no longer this vendor's stall, or a number the stall never gave.
const PAGE_IS_STALE = [401, 403, 404, 422];

// `heard` has start(data), today(data), payment(data), and state("connecting" | "listening" | "lost").
export function keepListening({ url, after, silenceMs, heard }) {
  let last = after;
  let source = null;
  let tries = 0;
  let listening = false;
  const timers = {};

  function later(name, ms, call) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(call, ms);
  }

  function open() {
    clearTimeout(timers.again);
    close();
    source = new EventSource(`${url}?after=${last}`);
    const opened = source;
    on(opened, "start", (data) => {
      tries = 0;
      listening = true;
      clearTimeout(timers.grace);
      heard.state("listening");
      heard.start(data);
    });
    on(opened, "today", (data) => heard.today(data));
    on(opened, "payment", (data) => {
      const number = data.receipt_number;
      if (number <= last) return;
      if (number !== last + 1) {
        // One between was lost on the way; ask again from the last one we have.
        cut();
        return;
      }
      last = number;
      heard.payment(data);
    });
    opened.onerror = () => {
      if (source === opened) cut();
    };
    later("silence", silenceMs, cut);
  }

  function on(opened, name, call) {
    opened.addEventListener(name, (event) => {
      if (source !== opened) return;
      later("silence", silenceMs, cut);
      call(JSON.parse(event.data));
    });
  }

  function close() {
    clearTimeout(timers.silence);
    if (source) source.close();
    source = null;
  }

  function cut() {
    close();
    if (listening) {
      listening = false;
      // The server ends every stream after a while; coming straight back is no trouble worth a word.
      later("grace", GRACE_MS, () => heard.state("lost"));
    } else if (tries > 0) {
      heard.state("lost");
    }
    const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
    tries += 1;
    // Not all screens of a market at the same moment.
    later("again", wait * (0.8 + 0.4 * Math.random()), tries > TRIES_BEFORE_ASKING ? askWhy : open);
  }

  async function askWhy() {
    try {
      const answer = await fetch(`${url}?after=${last}`, { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || PAGE_IS_STALE.indexOf(answer.status) !== -1) {
        location.reload();
        return;
      }
    } catch (error) {
      // No network at all.
    }
    open();
  }

  function hurry() {
    if (!listening && !(source && source.readyState === EventSource.CONNECTING)) open();
  }

  window.addEventListener("online", hurry);
  window.addEventListener("offline", () => {
    if (!listening) return;
    cut();
    clearTimeout(timers.grace);
    heard.state("lost");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") hurry();
  });
  heard.state("connecting");
  open();
}
