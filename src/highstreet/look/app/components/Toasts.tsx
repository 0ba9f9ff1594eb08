import { signal } from "@preact/signals";
import { asProblem } from "../api";
import { Icon, type IconName } from "./Icon";

interface Line {
  id: number;
  text: string;
  icon: IconName;
  action?: { label: string; run: () => void };
}

const lines = signal<Line[]>([]);
let last = 0;

/** Say something for five seconds, read out by screen readers; with an action it stays ten. */
export function toast(text: string, icon: IconName = "check-circle", action?: Line["action"]): void {
  const line: Line = action ? { id: ++last, text, icon, action } : { id: ++last, text, icon };
  lines.value = [...lines.value.slice(-2), line];
  setTimeout(() => drop(line.id), action ? 10_000 : 5_000);
}

/** Say what went wrong, in the server's words. */
export function toastProblem(error: unknown): void {
  const problem = asProblem(error);
  toast(problem.detail || problem.title, problem.isOffline ? "wifi-off" : "alert");
}

function drop(id: number): void {
  lines.value = lines.value.filter((line) => line.id !== id);
}

/** Where toasts appear; once on each page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {lines.value.map((line) => (
        <div key={line.id} class="toast-line">
          <Icon name={line.icon} class="icon-sm" />
          <span>{line.text}</span>
          {line.action && (
            <button
              type="button"
              class="btn btn-sm btn-ghost text-neutral-content underline hover:text-base-content"
              onClick={() => {
                line.action?.run();
                drop(line.id);
              }}
            >
              {line.action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
