import type { ComponentChildren } from "preact";
import type { Problem } from "../api";
import { t } from "../texts";
import { Button } from "./Button";
import { Icon } from "./Icon";

type Scene = "empty" | "offline" | "broken" | "search" | "bag" | "map" | "coupon" | "done";

/** Nothing here: a drawn picture, what that means, and what to do about it. */
export function Empty({ scene = "empty", title, children, action }: { scene?: Scene; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <img src={`/look/pictures/scenes/${scene}.svg`} alt="" width={160} height={120} />
      <h2 class="text-lg font-semibold">{title}</h2>
      {children && <p class="quiet max-w-[36ch]">{children}</p>}
      {action && <div class="mt-2">{action}</div>}
    </div>
  );
}

/** What went wrong, in the server's words, and a button that tries again. */
export function Failed({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <div role="alert">
      <Empty
        scene={problem.isOffline ? "offline" : "broken"}
        title={problem.title}
        action={
          onRetry && (
            <Button kind="soft" icon="loop" onClick={onRetry}>
              {t("look-try_again")}
            </Button>
          )
        }
      >
        {problem.detail}
      </Empty>
    </div>
  );
}

/** Grey lines of the size of what will come; `class` gives the size of one. */
export function Skeleton({ lines = 1, class: more = "h-4 w-full" }: { lines?: number; class?: string }) {
  return (
    <div class="grid gap-3" aria-hidden="true">
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} class={`skeleton ${more}`} />
      ))}
    </div>
  );
}

/** A line over the page while the network is away. */
export function OfflineLine() {
  return (
    <p class="flex items-center justify-center gap-2 bg-neutral px-4 py-2 text-sm text-neutral-content" role="status">
      <Icon name="wifi-off" class="icon-sm" /> {t("look-offline")}
    </p>
  );
}
