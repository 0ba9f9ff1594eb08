/** The register: pairing, the till, and one tab at a time. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, asProblem, onSignedOut, told, type Problem } from "@look/api";
import { Button, Empty, Failed, Skeleton, Toasts } from "@look/components";
import { openStream } from "@look/stream";
import { t } from "@look/texts";
import { openClerk, signOut } from "./clerk";
import { desk, isReached, view } from "./desk";
import { heard, recover } from "./pay/charge";
import { heardHeld, recoverHeld } from "./pay/held";
import { askInParts, heardInParts } from "./pay/setAside";
import { keep, kept } from "./kept";
import { startOffline } from "./offline/start";
import { openShift } from "./shift";
import { changed, openBasket } from "./till/basket";
import { openParked } from "./till/parked";
import type { DeskTold } from "./told";
import { Parts } from "./pay/Parts";
import { Pay } from "./pay/Pay";
import { Till } from "./till/Till";
import { ApprovalDialog } from "./views/Approval";
import { ClerkDialog } from "./views/Clerk";
import { codeInAddress, Pairing } from "./views/Pairing";
import { Refund } from "./views/Refund";
import { RefundPaper, SalePaper } from "./views/Papers";
import { Shift } from "./views/Shift";
import { Shortcuts } from "./views/Shortcuts";
import { TopBar } from "./views/TopBar";
import { useOnlyTab } from "./tab";

const firstCode = codeInAddress();

export function Register() {
  const [state, setState] = useState<"asking" | "nobody" | "paired">("asking");
  const [problem, setProblem] = useState<Problem | undefined>();
  const [code, setCode] = useState(firstCode);

  async function ask(): Promise<void> {
    setProblem(undefined);
    try {
      desk.value = await told(api.GET("/register/v1/me"));
      isReached.value = true;
      keep("desk", desk.value);
      open(desk.value);
    } catch (error) {
      const found = asProblem(error);
      const was = kept<DeskTold>("desk");
      if (found.status === 401) {
        keep("desk", undefined);
        signOut();
        setState("nobody");
      } else if (found.isOffline && was) {
        // Opened without a network: as the register it was.
        isReached.value = false;
        open(desk.value ?? was);
        setTimeout(() => void ask(), 5_000);
      } else {
        setProblem(found);
        setTimeout(() => void ask(), 3_000);
      }
    }
  }

  const openedRef = useRef("");
  function open(here: DeskTold): void {
    desk.value = here;
    setState("paired");
    if (openedRef.current === here.register_id) return;
    openedRef.current = here.register_id;
    openShift(here.register_id);
    openClerk(here.register_id);
    openBasket(here.register_id);
    openParked(here.register_id);
    void askInParts();
    void startOffline(here.register_id).then(() => {
      changed();
      return recoverHeld(here.register_id) ? undefined : recover(here.register_id);
    });
  }

  useEffect(() => {
    void ask();
    return onSignedOut(() => setState("nobody"));
    // Once.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    if (state !== "paired") return;
    const ended = (told: { sale_id?: string }) => {
      if (!told.sale_id) return;
      heard(told.sale_id);
      heardHeld(told.sale_id);
      heardInParts(told.sale_id);
    };
    const stream = openStream(
      "/register/v1/stream",
      { "sales.sale_paid.v1": ended, "sales.sale_abandoned.v1": ended, "identity.register_key_revoked.v1": () => void ask() },
      { onEnded: () => void ask() },
    );
    return stream.close;
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [state]);

  return (
    <>
      {problem ? <Away problem={problem} onRetry={() => void ask()} /> : screenOf()}
      <Shortcuts />
      <SalePaper />
      <RefundPaper />
      <Toasts />
    </>
  );

  function screenOf() {
    if (state === "asking") return <Opening />;
    if (state === "nobody" || code) {
      const isRegister = state === "paired";
      const paired = () => {
        setCode("");
        setState("asking");
        void ask();
      };
      return <Pairing key={state} first={code} onPaired={paired} onBack={isRegister ? () => setCode("") : undefined} />;
    }
    return <OnlyTab />;
  }
}

function OnlyTab() {
  const [isOurs, take] = useOnlyTab();
  if (!isOurs) {
    return (
      <main class="grid min-h-dvh place-content-center">
        <Empty title={t("register-tab_other")} action={<Button onClick={take}>{t("register-tab_here")}</Button>}>
          {t("register-tab_other.detail")}
        </Empty>
      </main>
    );
  }
  return (
    <div class="till-frame">
      <TopBar />
      {view.value === "sale" && <Till />}
      {view.value === "pay" && <Pay />}
      {view.value === "parts" && <Parts />}
      {view.value === "refund" && <Refund />}
      {view.value === "shift" && <Shift />}
      <ClerkDialog />
      <ApprovalDialog />
    </div>
  );
}

function Opening() {
  return (
    <main class="till-frame" aria-busy="true">
      <div class="flex h-14 items-center border-b border-base-300 bg-base-100 px-4">
        <h1 class="sr-only">{t("register-title")}</h1>
        <Skeleton class="h-5 w-48" />
      </div>
      <div class="till">
        <div class="surface h-14" style={{ gridArea: "field" }} />
        <div class="surface p-4" style={{ gridArea: "list" }}>
          <Skeleton lines={3} class="h-12 w-full" />
        </div>
      </div>
    </main>
  );
}

function Away({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  return (
    <main class="grid min-h-dvh place-content-center">
      <h1 class="sr-only">{t("register-title")}</h1>
      <Failed problem={problem} onRetry={onRetry} />
    </main>
  );
}
