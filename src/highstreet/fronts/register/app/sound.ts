/** A short tone for each scan, so that eyes can stay on the goods. */
import { signal } from "@preact/signals";
import { keep, kept } from "./kept";

export const hasSound = signal(kept<boolean>("sound") ?? true);
let context: AudioContext | undefined;

export function chooseSound(wanted: boolean): void {
  hasSound.value = wanted;
  keep("sound", wanted);
  beep("good");
}

export function beep(tone: "good" | "bad" | "paid"): void {
  if (!hasSound.value || !navigator.userActivation?.hasBeenActive) return;
  try {
    context ??= new AudioContext();
    const notes = { good: [1320], bad: [220, 196], paid: [880, 1320] }[tone];
    notes.forEach((hertz, at) => play(context as AudioContext, hertz, at * 0.11));
  } catch {
    // No loudspeaker: the screen says it, too.
  }
}

function play(on: AudioContext, hertz: number, inSeconds: number): void {
  const start = on.currentTime + inSeconds;
  const voice = on.createOscillator();
  const volume = on.createGain();
  voice.frequency.value = hertz;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.12, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.1);
  voice.connect(volume).connect(on.destination);
  voice.start(start);
  voice.stop(start + 0.12);
}
