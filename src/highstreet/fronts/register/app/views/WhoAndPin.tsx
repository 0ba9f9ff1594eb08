/** Somebody of a list, then their PIN: to sign in, or to approve. What was typed is sent and forgotten. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Field, Icon } from "@look/components";
import type { Problem } from "@look/api";
import { t } from "@look/texts";
import { useLayer } from "../keys";
import { beep } from "../sound";
import type { ClerkTold } from "../told";

interface Props {
  people: ClerkTold[];
  label: string;
  submit: string;
  /** A refusal comes back. */
  onPin: (staffId: string, pin: string) => Promise<Problem | undefined>;
  /** What 0 does while somebody is chosen. */
  onZero?: (() => void) | undefined;
}

export function WhoAndPin({ people, label, submit, onPin, onZero }: Props) {
  const [who, setWho] = useState<ClerkTold | undefined>(people.length === 1 && !onZero ? people[0] : undefined);
  if (who) return <Pin key={who.staff_id} who={who} submit={submit} onPin={onPin} onOther={people.length > 1 || onZero ? () => setWho(undefined) : undefined} />;
  return <Who people={people} label={label} onWho={setWho} onZero={onZero} />;
}

function Who({ people, label, onWho, onZero }: Pick<Props, "people" | "label" | "onZero"> & { onWho: (who: ClerkTold) => void }) {
  const list = useRef<HTMLOListElement>(null);
  useLayer({ scan: () => beep("bad") });
  useLayoutEffect(() => {
    list.current?.querySelector("button")?.focus();
  }, []);
  useLayoutEffect(() => {
    function hear(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const one = /^[1-9]$/.test(event.key) ? people[Number(event.key) - 1] : undefined;
      if (one) onWho(one);
      else if (event.key === "0" && onZero) onZero();
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
      else return;
      // The field that comes next is not for this key.
      event.preventDefault();
    }
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, [people, onWho, onZero]);
  function step(by: number): void {
    const all = [...(list.current?.querySelectorAll("button") ?? [])];
    all[all.indexOf(document.activeElement as HTMLButtonElement) + by]?.focus();
  }
  return (
    <ol ref={list} class="surface max-h-[50dvh] divide-y divide-base-300 overflow-auto" aria-label={label}>
      {people.map((one, n) => (
        <li key={one.staff_id}>
          <button type="button" class="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left -outline-offset-4 hover:bg-base-200 focus-visible:bg-base-200" aria-keyshortcuts={n < 9 ? String(n + 1) : undefined} onClick={() => onWho(one)}>
            <Icon name={one.is_approver ? "shield" : "user"} class="quiet" />
            <span class="min-w-0 flex-1">
              <span class="block truncate font-medium">{one.name}</span>
              {one.is_approver && <span class="quiet block text-sm">{t("register-clerk_approver")}</span>}
            </span>
            {n < 9 && <kbd class="key">{n + 1}</kbd>}
          </button>
        </li>
      ))}
    </ol>
  );
}

function Pin({ who, submit, onPin, onOther }: Pick<Props, "submit" | "onPin"> & { who: ClerkTold; onOther: (() => void) | undefined }) {
  const [pin, setPin] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // A scan is no PIN: it must not cost a try.
  useLayer({
    scan: () => {
      setPin("");
      beep("bad");
    },
  });
  useLayoutEffect(() => {
    if (!isBusy) form.current?.querySelector("input")?.focus();
  }, [isBusy]);
  async function enter(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    if (!/^\d{4,8}$/.test(pin)) {
      setError(t("register-pin_form"));
      return;
    }
    setBusy(true);
    setPin("");
    const problem = await onPin(who.staff_id, pin);
    setBusy(false);
    if (problem) setError(problem.code === "identity.pin_wrong" ? t("register-pin_wrong") : `${problem.title}. ${problem.detail}`);
  }
  return (
    <form ref={form} class="grid gap-4" onSubmit={(event) => void enter(event)}>
      <Field
        label={t("register-pin", { name: who.name })}
        hint={t("register-pin_form")}
        error={error || undefined}
        type="password"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={8}
        disabled={isBusy}
        class="text-lg"
        value={pin}
        onInput={(event) => {
          setError("");
          setPin(event.currentTarget.value.replace(/\D/g, ""));
        }}
      />
      <div class="flex flex-wrap justify-end gap-2">
        {onOther && (
          <Button kind="plain" onClick={onOther}>
            {t("register-pin_other")}
          </Button>
        )}
        <Button type="submit" isBusy={isBusy}>
          {submit} <kbd class="key">Enter</kbd>
        </Button>
      </div>
    </form>
  );
}
