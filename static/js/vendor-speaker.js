// Says what came in, in the server's own words. A device without a Vietnamese voice would read them so that nobody
// understands; it rings instead.

const VOICES_WITHIN_MS = 2000;
const LETTER_MS = 150;
const CHIME_S = [
  { from: 0, hertz: 1047 },
  { from: 0.16, hertz: 1319 },
  { from: 0.32, hertz: 1568 },
];
const CHIME_MS = 1100;

const speech = window.speechSynthesis;

export class Speaker {
  constructor() {
    this.on = false;
    this.voice = null;
    this.audio = null;
  }

  // To be called within a tap, or browsers stay mute. Gives whether there is a Vietnamese voice.
  async turnOn() {
    const AudioContext = window.AudioContext || window.webkitAudioContext;
    if (AudioContext && !this.audio) this.audio = new AudioContext();
    if (this.audio && this.audio.state === "suspended") this.audio.resume().catch(() => {});
    this.on = true;
    this.voice = await vietnameseVoice();
    return this.voice !== null;
  }

  turnOff() {
    this.on = false;
    if (speech) speech.cancel();
  }

  // Done when it has been said.
  async say(words) {
    if (!this.on) return;
    if (!this.voice || !(await speak(words, this.voice))) await this.ring();
  }

  ring() {
    if (!this.audio) return Promise.resolve();
    const now = this.audio.currentTime;
    for (const { from, hertz } of CHIME_S) {
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
    return new Promise((done) => setTimeout(done, CHIME_MS));
  }
}

async function vietnameseVoice() {
  if (!speech) return null;
  const find = () => speech.getVoices().find((voice) => /^vi([-_]|$)/i.test(voice.lang)) || null;
  const until = Date.now() + VOICES_WITHIN_MS;
  // Browsers load their voices after the first question for them.
  while (!find() && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
  return find();
}

// Whether it was said. Some browsers never tell that they have finished, so there is a limit to waiting.
function speak(words, voice) {
  return new Promise((done) => {
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.lang = "vi-VN";
    utterance.voice = voice;
    const limit = setTimeout(() => {
      speech.cancel();
      done(true);
    }, 4000 + words.length * LETTER_MS);
    const finish = (said) => {
      clearTimeout(limit);
      done(said);
    };
    utterance.onend = () => finish(true);
    utterance.onerror = (event) => finish(event.error === "canceled" || event.error === "interrupted");
    speech.speak(utterance);
  });
}
