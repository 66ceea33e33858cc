// The device of a page that listens: its voice, off until it is asked for, and its screen, kept awake.

import { Speaker } from "./vendor-speaker.js";

const SOUND_KEY = "cho40-sound";

const at = (id) => document.getElementById(id);

export const speaker = new Speaker((mute) => {
  at("no-voice").hidden = !mute;
});

// Sound: off until the first tap, which browsers ask for; then as it was chosen for this visit.

function remember(on) {
  try {
    sessionStorage.setItem(SOUND_KEY, on ? "on" : "off");
  } catch (error) {
    // Private windows forget; the button is asked again.
  }
}

function wanted() {
  try {
    return sessionStorage.getItem(SOUND_KEY) === "on";
  } catch (error) {
    return false;
  }
}

function soundOn() {
  at("sound").hidden = true;
  at("sound-off").hidden = false;
  remember(true);
  stayAwake();
  speaker.turnOn();
}

function soundOff() {
  speaker.turnOff();
  remember(false);
  at("sound").hidden = false;
  at("sound-off").hidden = true;
  at("no-voice").hidden = true;
}

function prepareSound() {
  at("sound").hidden = false;
  at("sound").firstElementChild.addEventListener("click", soundOn);
  at("sound-off").firstElementChild.addEventListener("click", soundOff);
  if (!wanted()) return;
  // A page that was loaded anew is mute until it is touched, wherever that is.
  if (navigator.userActivation && navigator.userActivation.hasBeenActive) soundOn();
  else document.addEventListener("pointerup", () => !speaker.on && wanted() && soundOn(), { once: true });
}

async function stayAwake() {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch (error) {
    // A phone that saves its battery says no; the screen then sleeps as it likes.
  }
}

export function listenAloud() {
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  prepareSound();
}
