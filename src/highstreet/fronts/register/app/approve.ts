/** What nobody does alone here: a manager's approval by PIN, for exactly this act, once. */
import { signal } from "@preact/signals";
import { api, asProblem, told, type Problem } from "@look/api";
import { newId } from "@look/device";
import { whoInstead } from "./clerk";
import { isReached } from "./desk";
import { beep } from "./sound";
import type { ApprovalAsked } from "./told";

/** The facts of a `sale.needs_approval`. */
export type ApprovalFacts = Pick<ApprovalAsked, "act" | "sale_id" | "amount_minor"> & { currency: string };

interface Wanted {
  facts: ApprovalFacts;
  /** Why the approval before did not do. */
  before: Problem | undefined;
  done: (approval: string | undefined) => void;
}

export const wanted = signal<Wanted | undefined>(undefined);
let unusable: Problem | undefined;
let asking: { staffId: string; id: string } | undefined;

/** Ask a manager; undefined: nobody approved it. */
export function askApproval(facts: ApprovalFacts): Promise<string | undefined> {
  const before = unusable;
  unusable = undefined;
  asking = undefined;
  beep("bad");
  return new Promise((done) => {
    wanted.value = { facts, before, done };
  });
}

/** The manager's PIN came; a refusal comes back. Asked again after no answer, it is the same approval. */
export async function approve(staffId: string, pin: string): Promise<Problem | undefined> {
  const now = wanted.value;
  if (!now) return undefined;
  if (asking?.staffId !== staffId) asking = { staffId, id: newId("apr") };
  const { act, sale_id, amount_minor } = now.facts;
  try {
    const { id } = await told(api.POST("/register/v1/approvals", { body: { id: asking.id, staff_id: staffId, pin, act, sale_id, amount_minor } }));
    isReached.value = true;
    if (wanted.value === now) close(id);
    return undefined;
  } catch (error) {
    beep("bad");
    return asProblem(error);
  }
}

export function cancelApproval(): void {
  close(undefined);
}

function close(approval: string | undefined): void {
  const now = wanted.value;
  wanted.value = undefined;
  asking = undefined;
  now?.done(approval);
}

/** The body that was refused, with what it lacked: by whom, or with whose approval. undefined: it lacks neither, or nobody gave it. */
export async function mend<T extends { clerk?: string | null; approval?: string | null }>(problem: Problem, body: T): Promise<T | undefined> {
  switch (problem.code) {
    case "registers.clerk_gone":
      return { ...body, clerk: await whoInstead(body.clerk) };
    case "sale.needs_approval": {
      const approval = await askApproval(problem.facts as unknown as ApprovalFacts);
      return approval === undefined ? undefined : { ...body, approval };
    }
    case "registers.approval_unusable":
      if (!body.approval) return undefined;
      // Without it the server says anew what has to be approved.
      unusable = problem;
      return { ...body, approval: null };
    default:
      return undefined;
  }
}
