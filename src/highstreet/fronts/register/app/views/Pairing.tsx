/** A browser becomes a register: by the code, or the QR, on the office's screen. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, asProblem, told } from "@look/api";
import { Button, Icon, LanguageSwitch, ThemeSwitch } from "@look/components";
import { t } from "@look/texts";
import { useLayer } from "../keys";
import { read } from "../scan";
import { Camera } from "./Camera";

const LENGTH = 8;

/** The code in this address (`#pair=`), which goes from it at once: it opens one browser. */
export function codeInAddress(): string {
  const found = read(location.href);
  if (found.is !== "pairing") return "";
  history.replaceState(null, "", location.pathname);
  return found.text;
}

export function Pairing({ first, onPaired, onBack }: { first: string; onPaired: () => void; onBack?: (() => void) | undefined }) {
  const [code, setCode] = useState(shown(first));
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [hasCamera, setCamera] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  async function pair(text: string): Promise<void> {
    if (isBusy) return;
    const wanted = shown(text);
    setCode(wanted);
    if (wanted.length < LENGTH + 1) {
      setError(t("register-pairing_short"));
      return;
    }
    setBusy(true);
    setError("");
    try {
      await told(api.POST("/register/v1/pairing", { body: { code: wanted } }));
      onPaired();
    } catch (problem) {
      const { detail, title } = asProblem(problem);
      setError(detail || title);
      field.current?.focus();
      field.current?.select();
    } finally {
      setBusy(false);
    }
  }

  function takeScan(text: string): void {
    const found = read(text);
    if (found.is === "pairing" || /^[0-9a-z]{4}-?[0-9a-z]{4}$/i.test(text)) void pair(found.is === "pairing" ? found.text : text);
    else setError(t("register-pairing_not"));
  }

  useLayer({ scan: takeScan, field: () => field.current, keys: onBack ? { Escape: onBack } : {} });
  useLayoutEffect(() => {
    if (first && !onBack) void pair(first);
    else field.current?.focus();
    // Once, for the code of the address.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return (
    <main class="grid min-h-dvh grid-rows-[1fr_auto] p-4 sm:p-8">
      <div class="m-auto grid w-full max-w-md gap-6">
        <header class="grid justify-items-center gap-3 text-center">
          <span class="grid size-16 place-content-center rounded-2xl bg-primary text-primary-content">
            <Icon name="register" class="icon-lg" />
          </span>
          <h1 class="text-3xl font-semibold">{t("register-title")}</h1>
          <p class="quiet max-w-[38ch]">{t("register-pairing_lead")}</p>
        </header>
        <form
          class="surface grid gap-4 p-5 shadow-card"
          onSubmit={(event) => {
            event.preventDefault();
            void pair(code);
          }}
        >
          <label class="grid gap-2">
            <span class="font-medium">{t("register-pairing_code")}</span>
            <input
              ref={field}
              class={`input figures h-16 w-full text-center font-mono text-3xl tracking-[0.16em] uppercase ${error ? "input-error" : ""}`}
              value={code}
              placeholder="7KQ2-M9XB"
              maxLength={20}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              aria-invalid={error ? "true" : undefined}
              aria-describedby="pairing-more"
              onInput={(event) => {
                setError("");
                setCode(shown(event.currentTarget.value));
              }}
            />
          </label>
          <p id="pairing-more" class={`text-sm ${error ? "text-error" : "quiet"}`} role={error ? "alert" : undefined}>
            {error || t("register-pairing_where")}
          </p>
          <Button type="submit" class="h-14 text-lg" isWide isBusy={isBusy}>
            {t("register-pairing_do")}
          </Button>
          <Button kind="soft" icon="camera" isWide onClick={() => setCamera(true)}>
            {t("register-pairing_scan")}
          </Button>
          {onBack && (
            <Button kind="plain" isWide onClick={onBack}>
              {t("look-cancel")}
            </Button>
          )}
        </form>
      </div>
      <footer class="flex flex-wrap justify-center gap-2 pt-6">
        <LanguageSwitch />
        <ThemeSwitch />
      </footer>
      <Camera isOpen={hasCamera} title={t("register-pairing_scan")} onCode={takeScan} onClose={() => setCamera(false)} />
    </main>
  );
}

/** As it stands on the office's screen: two groups of four. */
function shown(text: string): string {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, LENGTH);
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}
