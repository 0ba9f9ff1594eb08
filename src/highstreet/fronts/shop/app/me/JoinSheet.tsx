import { useState } from "preact/hooks";
import { Button, Icon, Sheet, toast, toastProblem } from "@look/components";
import type { Told } from "@look/api";
import { named, t } from "@look/texts";
import { followBrand, type Purpose } from "./follow";
import "./texts";

interface Props {
  brand: Told["BrandTold"];
  isOpen: boolean;
  onClose: () => void;
  onDone?: (following: Told["FollowingTold"]) => void;
}

const CHOICES: readonly Purpose[] = ["offers", "measurement", "insights"];

/** Join a brand: what joining means, and what else one may allow, nothing ticked beforehand. */
export function JoinSheet({ brand, isOpen, onClose, onDone }: Props) {
  const [ticked, setTicked] = useState<readonly Purpose[]>([]);
  const [isBusy, setBusy] = useState(false);
  const name = named(brand.name_en, brand.name_zh);

  async function join(): Promise<void> {
    setBusy(true);
    try {
      const done = await followBrand(brand.brand_id, ["service", ...ticked], true);
      toast(t("shop-me-joined", { brand: name }), "member");
      onClose();
      onDone?.(done);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Sheet title={t("shop-me-join_brand", { brand: name })} isOpen={isOpen} onClose={onClose}>
      <div class="grid gap-5">
        <p>{t("shop-me-join_lead")}</p>
        <div class="flex gap-3 rounded-box bg-secondary p-4 text-secondary-content">
          <Icon name="member" />
          <p class="text-sm">
            <strong class="block font-semibold">{t("shop-me-purpose_service")}</strong>
            {t("shop-me-purpose_service.what")}
          </p>
        </div>
        <fieldset class="grid gap-1">
          <legend class="mb-1 font-semibold">{t("shop-me-join_more")}</legend>
          {CHOICES.map((purpose) => (
            <label key={purpose} aria-label={t(`shop-me-purpose_${purpose}`)} class="flex cursor-pointer items-start gap-3 py-2">
              <input
                type="checkbox"
                aria-label={t(`shop-me-purpose_${purpose}`)}
                class="checkbox checkbox-primary mt-0.5 rounded-md"
                checked={ticked.includes(purpose)}
                onChange={(event) => {
                  const isOn = event.currentTarget.checked;
                  setTicked((was) => (isOn ? [...was, purpose] : was.filter((one) => one !== purpose)));
                }}
              />
              <span class="grid gap-0.5">
                <span class="font-medium">{t(`shop-me-purpose_${purpose}`)}</span>
                <span class="quiet text-sm">{t(`shop-me-purpose_${purpose}.what`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Button isWide isBusy={isBusy} onClick={() => void join()}>
          {t("shop-me-join_agree")}
        </Button>
        <p class="quiet text-sm">{t("shop-me-join_later")}</p>
      </div>
    </Sheet>
  );
}
