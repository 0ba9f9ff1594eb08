/** Cash in and out, and the count: each has its id made here and is kept before it is sent, so that it counts once. */
import { signal } from "@preact/signals";
import { api, asProblem, told, type Problem } from "@look/api";
import { newId } from "@look/device";
import { mend } from "../approve";
import { sealNow } from "../clerk";
import { isReached } from "../desk";
import { keep, kept } from "../kept";
import { beep } from "../sound";
import type { CountAsked, CountTold, MoveAsked } from "../told";

type Asking = { register: string } & ({ kind: "move"; body: MoveAsked } | { kind: "count"; body: CountAsked });

export const isSending = signal(false);
/** Nobody answered: the same is asked for again. */
export const isUnanswered = signal(false);
export const drawerProblem = signal<Problem | undefined>(undefined);
/** The count that was just made: only now is it told what was over or short. */
export const counted = signal<CountTold | undefined>(undefined);
/** Goes up when something was written: what is shown is read again. */
export const written = signal(0);
const AGAIN_MS = 3_000;

/** Notes and coins by currency, minor units, the largest first; of others the sum is counted. */
export const FACES: Record<string, number[]> = {
  EUR: [20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
  CNY: [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10],
};

export function moveCash(register: string, body: Omit<MoveAsked, "id">): void {
  begin({ register, kind: "move", body: { ...body, id: newId("drm"), clerk: sealNow() } });
}

export function countDrawer(register: string, body: Omit<CountAsked, "id">): void {
  begin({ register, kind: "count", body: { ...body, id: newId("cnt"), clerk: sealNow() } });
}

/** What a reload interrupted is asked for again. */
export function recoverDrawer(register: string): void {
  const was = kept<Asking>("drawer");
  if (was?.register === register && !isSending.value) void send(was);
}

function begin(asking: Asking): void {
  if (isSending.value) return;
  keep("drawer", asking);
  void send(asking);
}

async function send(asking: Asking): Promise<void> {
  isSending.value = true;
  drawerProblem.value = undefined;
  try {
    if (asking.kind === "move") await told(api.POST("/register/v1/drawer/moves", { body: asking.body }));
    else counted.value = await told(api.POST("/register/v1/day/count", { body: asking.body }));
    isReached.value = true;
    beep("good");
  } catch (error) {
    const problem = asProblem(error);
    isReached.value = problem.status !== 0;
    if (problem.status < 400 || problem.status >= 500 || [401, 408, 429].includes(problem.status)) {
      isUnanswered.value = true;
      setTimeout(() => void send(asking), AGAIN_MS);
      return undefined;
    }
    const body = await mend(problem, asking.body as { clerk?: string | null });
    if (body) {
      const again = { ...asking, body } as Asking;
      keep("drawer", again);
      return send(again);
    }
    beep("bad");
    drawerProblem.value = problem;
  }
  keep("drawer", undefined);
  isSending.value = false;
  isUnanswered.value = false;
  written.value++;
  return undefined;
}
