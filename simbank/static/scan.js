/* The scan page: camera, picture, paste. Whatever finds a code puts it into the form and sends it. */
"use strict";

(function () {
  const scanner = document.getElementById("scanner");
  const words = scanner.dataset;
  const lens = scanner.querySelector(".lens");
  const video = document.getElementById("camera");
  const status = document.getElementById("status");
  const again = document.getElementById("again");
  const picture = document.getElementById("picture");
  const form = document.getElementById("paste");
  const code = document.getElementById("code");
  const PAUSE_MS = 90;

  let stream = null;
  let sent = false;
  let opening = null;
  const reader = () => (opening ??= window.SimReader.open({ zxing: words.zxing, wasm: words.wasm })
    .catch((error) => { opening = null; throw error; }));

  function say(text, off) {
    status.textContent = text;
    lens.classList.toggle("off", Boolean(off));
  }

  function send(text) {
    if (sent) return;
    sent = true;
    lens.classList.add("found");
    say(words.found);
    if (navigator.vibrate) navigator.vibrate(60);
    code.value = text;
    stop();
    form.requestSubmit();
  }

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  function trouble(error) {
    if (error.name === "NotAllowedError" || error.name === "SecurityError") return words.denied;
    if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return words.missing;
    if (error.name === "NotReadableError" || error.name === "AbortError") return words.busy;
    return words.failed;
  }

  async function look() {
    const { frame } = await reader();
    say(words.looking);
    while (stream && !sent) {
      const text = video.readyState >= video.HAVE_CURRENT_DATA ? await frame(video) : null;
      if (text) return send(text);
      await new Promise((next) => setTimeout(next, PAUSE_MS));
    }
  }

  async function start() {
    again.hidden = true;
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return say(words.insecure, true);
    say(words.starting);
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      video.srcObject = stream;
      await video.play();
      await look();
    } catch (error) {
      stop();
      video.srcObject = null;
      say(trouble(error), true);
      again.hidden = false;
    }
  }

  async function choose() {
    const [file] = picture.files;
    if (!file) return;
    stop();
    say(words.reading, true);
    try {
      const text = await (await reader()).picture(file);
      if (text) return send(text);
      say(words.nothing, true);
    } catch {
      say(words.failed, true);
    }
    picture.value = "";
    again.hidden = false;
  }

  again.addEventListener("click", start);
  picture.addEventListener("change", choose);
  window.addEventListener("pagehide", stop);
  // A page that comes back from the browser's memory has neither camera nor patience left.
  window.addEventListener("pageshow", (event) => { if (event.persisted) { sent = false; start(); } });

  function uncover() {
    lens.hidden = false;
  }

  scanner.hidden = false;
  if (words.start === "yes") {
    start();
  } else {
    // After a code that could not be paid, the camera would only find the same one again.
    lens.hidden = true;
    again.hidden = false;
    again.addEventListener("click", uncover);
    picture.addEventListener("change", uncover);
  }
})();
