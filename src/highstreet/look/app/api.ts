/** The program's API, typed from its own OpenAPI. `await told(api.GET("/shop/v1/nearest", …))` gives the answer or throws `Problem`. */
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api";
import { locale, t } from "./texts";

/** The shapes that the API tells: `Told["NearbyTold"]`. */
export type Told = components["schemas"];

/** A refusal (RFC 9457), or that nobody could be reached (status 0, code `page.offline`). */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly facts: Record<string, string | number | boolean | null> = {},
  ) {
    super(`${code}: ${detail}`);
  }
  get isOffline(): boolean {
    return this.status === 0;
  }
  /** Seconds after which asking again makes sense; undefined when the server did not say. */
  get retryAfterS(): number | undefined {
    const told = this.facts["retry_after_s"];
    return typeof told === "number" ? told : undefined;
  }
}

const AT_MOST_MS = 15_000;
const signedOut = new Set<() => void>();

/** Call `then` whenever the server says that nobody is signed in (401). Returns how to stop. */
export function onSignedOut(then: () => void): () => void {
  signedOut.add(then);
  return () => signedOut.delete(then);
}

/** fetch as our pages do it: cookie, `X-Highstreet`, language, at most 15 s; throws `Problem` only. */
export async function send(input: Request | string, init?: RequestInit): Promise<Response> {
  const request = new Request(input, { credentials: "same-origin", ...init });
  request.headers.set("X-Highstreet", "page");
  request.headers.set("Accept-Language", locale.value);
  let answer: Response;
  try {
    answer = await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(AT_MOST_MS)]) });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Problem(0, "page.offline", t("look-offline"), t("look-offline.detail"));
  }
  if (answer.ok || answer.status === 304) return answer;
  if (answer.status === 401) for (const then of signedOut) then();
  throw await problemOf(answer);
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as Partial<Problem>;
    if (body.code && body.title) {
      return new Problem(answer.status, body.code, body.title, body.detail ?? "", body.facts);
    }
  } catch {
    // Not a problem of ours: a proxy on the way, or half an answer.
  }
  return new Problem(answer.status, "page.failed", t("look-failed"), t("look-failed.detail"));
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => send(request) });

/** The answer's body. Errors: Problem. */
export async function told<T>(asked: Promise<{ data?: T }>): Promise<T> {
  return (await asked).data as T;
}

/** Any error as a Problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(-1, "page.failed", t("look-failed"), t("look-failed.detail"));
}

/** A request id: the same for every try of one wish, so that it is granted once. */
export function newRequestId(): string {
  return crypto.randomUUID();
}
