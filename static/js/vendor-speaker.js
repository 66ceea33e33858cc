// Says what came in, in the server's own words. A device without a Vietnamese voice would read them so that nobody
// understands; it rings instead.

const VOICES_WITHIN_MS = 2000;
const STARTS_WITHIN_MS = 4000;
const LETTER_MS = 150;
const RING = [
  { from: 0, hertz: 1047 },
  { from: 0.16, hertz: 1319 },
  { from: 0.32, hertz: 1568 },
];
const RING_MS = 1100;

const speech = window.speechSynthesis;

export class Speaker {
  // `toldMute(mute)` hears whether this device has no Vietnamese voice, as soon as that is known.
  constructor(toldMute) {
    this.toldMute = toldMute;
    this.on = false;
    this.mute = false;
    this.voice = null;
    this.audio = null;
  }

  // To be called within a tap, or browsers let nothing be heard.
  async turnOn() {
    const AudioContext = window.AudioContext || window.webkitAudioContext;
    if (AudioContext && !this.audio) this.audio = new AudioContext();
    if (this.audio && this.audio.state === "suspended") this.audio.resume().catch(() => {});
    this.on = true;
    const voices = await loadVoices();
    this.voice = voices.find((voice) => /^vi([-_]|$)/i.test(voice.lang)) || null;
    // Some phones list no voices at all and speak all the same: only trying tells.
    this.setMute(!speech || (voices.length > 0 && !this.voice));
  }

  turnOff() {
    this.on = false;
    this.toldMute(false);
    if (speech) speech.cancel();
  }

  // Done when it has been said, or rung.
  async say(words) {
    if (!this.on) return;
    if (!this.mute && (await speak(words, this.voice))) return;
    if (!this.voice) this.setMute(true);
    if (this.on) await this.ring();
  }

  setMute(mute) {
    this.mute = mute;
    if (this.on) this.toldMute(mute);
  }

  ring() {
    if (!this.audio) return Promise.resolve();
    const now = this.audio.currentTime;
    for (const { from, hertz } of RING) {
      const tone = this.audio.createOscillator();
      const loudness = this.audio.createGain();
      tone.type = "triangle";
      tone.frequency.value = hertz;
      loudness.gain.setValueAtTime(0.0001, now + from);
      loudness.gain.exponentialRampToValueAtTime(0.9, now + from + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, now + from + 0.7);
      tone.connect(loudness).connect(this.audio.destination);
      tone.start(now + from);
      tone.stop(now + from + 0.75);
    }
    return new Promise((done) => setTimeout(done, RING_MS));
  }
}

// Browsers load their voices after the first question for them.
async function loadVoices() {
  if (!speech) return [];
  const until = Date.now() + VOICES_WITHIN_MS;
  while (!speech.getVoices().length && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
  return speech.getVoices();
}

// Whether it was said. Some browsers never tell that they have finished, so there is a limit to waiting.
function speak(words, voice) {
  return new Promise((done) => {
    const utterance = new SpeechSynthesisUtterance(words);
    let limit = 0;
    const finish = (said) => {
      clearTimeout(limit);
      done(said);
    };
    const giveUp = (said) => {
      speech.cancel();
      finish(said);
    };
    utterance.lang = "vi-VN";
    if (voice) utterance.voice = voice;
    utterance.onstart = () => {
      clearTimeout(limit);
      limit = setTimeout(giveUp, words.length * LETTER_MS, true);
    };
    utterance.onend = () => finish(true);
    utterance.onerror = (event) => finish(event.error === "canceled" || event.error === "interrupted");
    limit = setTimeout(giveUp, STARTS_WITHIN_MS, false);
    speech.speak(utterance);
  });
}
