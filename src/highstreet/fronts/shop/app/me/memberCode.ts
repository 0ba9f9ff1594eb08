/** The member's code, made on the phone: it turns every half minute, with or without a network. */
import { useEffect, useState } from "preact/hooks";
import { api, asProblem, Problem, told, type Told } from "@look/api";
import { keep, kept } from "./keep";

interface KeptKeys {
  head: string;
  alphabet: string;
  stepS: number;
  /** The server's clock less the phone's. */
  skewMs: number;
  keys: { key: CryptoKey; first: number; last: number }[];
}

export interface ShownCode {
  code: string;
  /** On the phone's clock. */
  turnsAt: number;
  stepMs: number;
}

const AHEAD_MS = 3 * 86_400_000;
/** In a page that came without https no keys can be kept: then each code is asked for. */
const canKeep = typeof crypto.subtle !== "undefined";

/** The code of `step`, as the server's rooms/members/model.py makes it. */
export async function codeAt(keys: Pick<KeptKeys, "head" | "alphabet" | "keys">, step: number): Promise<string | undefined> {
  const key = keys.keys.find((one) => one.first <= step && step <= one.last);
  if (!key) return undefined;
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key.key, new TextEncoder().encode(String(step))));
  let bits = mac.slice(0, 9).reduce((whole, byte) => (whole << 8n) | BigInt(byte), 0n);
  const pair = (value: number) => keys.alphabet[value >> 5]! + keys.alphabet[value & 31]!;
  let code = keys.head + pair(step & 1023);
  for (let at = 0; at < 7; at++) {
    code += pair(Number(bits & 1023n));
    bits >>= 10n;
  }
  return code;
}

/** Fetch keys if those at hand end soon; without a network those at hand. Errors: Problem when there are none. */
export async function keysFor(brandId: string): Promise<KeptKeys> {
  const name = `keys ${brandId}`;
  const mine = await kept<KeptKeys>(name);
  const now = Date.now() + (mine?.skewMs ?? 0);
  const lastMs = mine ? Math.max(...mine.keys.map((one) => one.last)) * mine.stepS * 1000 : 0;
  if (mine && lastMs > now + AHEAD_MS) return mine;
  try {
    const fresh = await imported(await told(api.GET("/shop/v1/memberships/{brand_id}/code-keys", { params: { path: { brand_id: brandId } } })));
    await keep(name, fresh);
    return fresh;
  } catch (error) {
    if (mine && lastMs > now && error instanceof Problem && error.isOffline) return mine;
    throw error;
  }
}

async function imported(keys: Told["MemberCodeKeysTold"]): Promise<KeptKeys> {
  return {
    head: keys.head,
    alphabet: keys.alphabet,
    stepS: keys.step_s,
    skewMs: new Date(keys.now).getTime() - Date.now(),
    keys: await Promise.all(
      keys.keys.map(async (one) => ({
        // Not extractable: the phone can make codes with it, and no script can read it out.
        key: await crypto.subtle.importKey("raw", bytesOf(one.key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
        first: one.first_step,
        last: one.last_step,
      })),
    ),
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function shownNow(brandId: string): Promise<ShownCode> {
  if (canKeep) {
    const keys = await keysFor(brandId);
    const stepMs = keys.stepS * 1000;
    const step = Math.floor((Date.now() + keys.skewMs) / stepMs);
    const code = await codeAt(keys, step);
    if (code) return { code, turnsAt: (step + 1) * stepMs - keys.skewMs, stepMs };
  }
  const answered = await told(api.GET("/shop/v1/memberships/{brand_id}/code", { params: { path: { brand_id: brandId } } }));
  return { code: answered.code, turnsAt: new Date(answered.changes_at).getTime(), stepMs: 30_000 };
}

/** The code to show now; it follows the clock, also after a sleep. `again` tries anew after a problem. */
export function useMemberCode(brandId: string): { shown: ShownCode | undefined; problem: Problem | undefined; again: () => void } {
  const [shown, setShown] = useState<ShownCode>();
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async () => {
      clearTimeout(timer);
      try {
        const made = await shownNow(brandId);
        if (!isCurrent) return;
        setShown(made);
        setProblem(undefined);
        timer = setTimeout(() => void next(), Math.max(250, made.turnsAt - Date.now() + 20));
      } catch (error) {
        if (!isCurrent) return;
        setProblem(asProblem(error));
        setShown(undefined);
      }
    };
    const wake = () => document.visibilityState === "visible" && void next();
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    void next();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      removeEventListener("online", wake);
    };
  }, [brandId, turn]);
  return { shown, problem, again: () => setTurn((was) => was + 1) };
}
