import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Empty, Skeleton } from "@look/components";
import { t } from "@look/texts";
import { hasSession, learnMe, me, signInAddress } from "./who";

/** What only somebody signed in sees; for others what they would find here, and the way to sign in and back. */
export function SignInGate({ title, why, children }: { title: string; why: string; children: ComponentChildren }) {
  useEffect(() => {
    if (me.value === undefined) void learnMe();
  }, []);
  // Somebody known before stays in, also offline: the pages show what was kept.
  if (me.value || (me.value === undefined && hasSession())) return <>{children}</>;
  if (me.value === undefined) return <Skeleton lines={4} class="h-16 w-full" />;
  return (
    <Empty
      scene="empty"
      title={title}
      action={
        <a class="btn btn-primary tap" href={signInAddress()}>
          {t("look-sign_in")}
        </a>
      }
    >
      {why}
    </Empty>
  );
}
