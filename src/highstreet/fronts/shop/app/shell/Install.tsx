import { signal } from "@preact/signals";
import { Button, CloseButton, Icon } from "@look/components";
import { t } from "@look/texts";
import { whenCalm } from "./calm";

interface InstallEvent extends Event {
  prompt: () => Promise<{ outcome: "accepted" | "dismissed" }>;
}

/** The browser's offer to install us, while it stands. */
const offer = signal<InstallEvent | undefined>(undefined);
const KEY = "hs-install";

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  void whenCalm().then(() => (offer.value = event as InstallEvent));
});
addEventListener("appinstalled", () => (offer.value = undefined));

/** Whether the browser would put us on the home screen now. */
export function canInstall(): boolean {
  return offer.value !== undefined;
}

export async function install(): Promise<void> {
  const asked = offer.value;
  offer.value = undefined;
  await asked?.prompt();
}

/** One calm line, from the second visit on, never again once put away; the account page has the button always. */
export function InstallLine() {
  if (!offer.value || visits < 2 || keptNo()) return null;
  const close = () => {
    remember("no");
    offer.value = undefined;
  };
  return (
    <aside class="install-line" aria-label={t("shop-install")}>
      <Icon name="phone" class="icon-sm" />
      <p class="flex-1 text-sm">{t("shop-install.why")}</p>
      <Button kind="soft" onClick={() => void install()}>
        {t("shop-install")}
      </Button>
      <CloseButton onClick={close} />
    </aside>
  );
}

function keptNo(): boolean {
  return localStorage.getItem(KEY) === "no";
}
function remember(what: string): void {
  localStorage.setItem(KEY, what);
}

/** Which visit this is; 0 after the line was put away. Counted once the page is calm. */
let visits = 0;
void countVisit();

async function countVisit(): Promise<void> {
  await whenCalm();
  if (keptNo()) return;
  const isNew = !sessionStorage.getItem(KEY);
  visits = Number(localStorage.getItem(KEY) ?? 0) + (isNew ? 1 : 0);
  remember(String(visits));
  sessionStorage.setItem(KEY, "here");
}
