/** What the pages of Jinja (office, dealer, front door) do in the browser: htmx, dialogs, theme, language, toasts. */
import "./pages.css";
import htmx from "htmx.org";
import type { Person } from "./enter";
import "./islands";
import "./marks";
import { chooseLocale, type Locale } from "./texts";
import { chooseTheme, type Theme } from "./theme";
import { followTour, startTour } from "./touring";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

// Every request of ours carries what a stranger's page cannot send.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = (event as CustomEvent<{ ctx: { request: { headers: Record<string, string> } } }>).detail;
  ctx.request.headers["X-Highstreet"] = "page";
  ctx.request.headers["Accept-Language"] = document.documentElement.lang;
});

document.addEventListener("click", (event) => {
  const at = event.target as HTMLElement;
  const opener = at.closest<HTMLElement>("[data-opens]");
  if (opener) document.querySelector<HTMLDialogElement>(`#${opener.dataset["opens"]}`)?.showModal();
  if (at.closest("[data-closes]") || (at instanceof HTMLDialogElement && at.matches(".dialog, .sheet"))) {
    at.closest("dialog")?.close();
  }
  if (at.closest("[data-prints]")) print();
  const language = at.closest<HTMLElement>("[data-locale]");
  if (language) {
    chooseLocale(language.dataset["locale"] as Locale);
    location.reload();
  }
  const copier = at.closest<HTMLElement>("[data-copies]");
  if (copier) void navigator.clipboard.writeText(copier.dataset["copies"] ?? "").then(() => say(copier.dataset["said"] ?? ""));
});

// The front door of the demo: be one of its people.
document.addEventListener("click", (event) => {
  const at = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-enters], [data-tours]");
  if (!at) return;
  if (at.matches("[data-tours]")) {
    startTour();
    return;
  }
  at.disabled = true;
  void import("./enter")
    .then(({ enter }) => enter(at.dataset["enters"] as Person))
    .catch((problem: Error & { detail?: string }) => say(problem.detail ?? problem.message))
    .finally(() => (at.disabled = false));
});
followTour();

document.addEventListener("change", (event) => {
  const at = event.target as HTMLInputElement;
  if (at.name === "theme") chooseTheme(at.value as Theme);
});

// A form that comes back with what is wrong: to the first field of it, or to what the refusal says.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = (event as CustomEvent<{ ctx: { response?: { status: number } } }>).detail;
  if ((ctx.response?.status ?? 0) < 400) return;
  const field = document.querySelector<HTMLElement>("main [aria-invalid=true]");
  const told = field ?? document.querySelector<HTMLElement>("main [role=alert]");
  if (!field && told) told.tabIndex = -1;
  told?.scrollIntoView({ block: "center" });
  told?.focus({ preventScroll: true });
});

/** Say something for five seconds; the server does it with the header `HX-Trigger: {"say": "…"}`. */
function say(text: string): void {
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = text;
  document.querySelector(".toasts")?.append(line);
  setTimeout(() => line.remove(), 5_000);
}
document.addEventListener("say", (event) => say(String((event as CustomEvent<{ value?: string }>).detail.value ?? (event as CustomEvent).detail)));
