import { useEffect, useState } from "preact/hooks";
import type { Told } from "@look/api";
import { Button, Sheet, toast, toastProblem } from "@look/components";
import { named, t } from "@look/texts";
import { api, told } from "@look/api";
import { followBrand } from "../me/follow";
import { learnMe, me, signInAddress } from "../shell/who";

/** Follow a brand in two taps: what it means, one choice, and how it ends. */
export function FollowButton({ brand }: { brand: Told["BrandTold"] }) {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [hasOffers, setHasOffers] = useState(false);
  const name = named(brand.name_en, brand.name_zh);
  const follows = me.value?.follows.some((one) => one.brand.brand_id === brand.brand_id);
  useEffect(() => {
    if (me.value === undefined) void learnMe();
  }, []);

  const run = async (what: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await what();
      await learnMe();
      setOpen(false);
      toast(said, "heart");
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (follows) {
    const stop = () => told(api.DELETE("/shop/v1/brands/{brand_id}/follow", { params: { path: { brand_id: brand.brand_id } } }));
    return (
      <Button kind="soft" icon="check" aria-pressed="true" isBusy={isBusy} onClick={() => void run(stop, t("shop-unfollowed", { brand: name }))}>
        {t("shop-following")}
      </Button>
    );
  }
  return (
    <>
      <Button icon="heart" onClick={() => setOpen(true)}>
        {t("shop-follow")}
      </Button>
      <Sheet title={t("shop-follow_brand", { brand: name })} isOpen={isOpen} onClose={() => setOpen(false)}>
        <div class="grid gap-4">
          <p>{t("shop-follow_means", { brand: name })}</p>
          {me.value ? (
            <>
              <label class="flex cursor-pointer items-start gap-3">
                <input type="checkbox" class="checkbox checkbox-primary mt-0.5 rounded-md" checked={hasOffers} aria-label={t("shop-follow_offers")} onChange={(event) => setHasOffers(event.currentTarget.checked)} />
                <span>
                  <span class="block font-medium">{t("shop-follow_offers")}</span>
                  <span class="quiet block text-sm">{t("shop-follow_offers.what", { brand: name })}</span>
                </span>
              </label>
              <Button isWide isBusy={isBusy} onClick={() => void run(() => followBrand(brand.brand_id, hasOffers ? ["offers"] : [], false), t("shop-followed", { brand: name }))}>
                {t("shop-follow")}
              </Button>
              <p class="quiet text-sm">{t("shop-follow_ends")}</p>
            </>
          ) : (
            <>
              <a class="btn btn-primary tap w-full" href={signInAddress()}>
                {t("look-sign_in")}
              </a>
              <p class="quiet text-sm">{t("shop-follow_signs_in")}</p>
            </>
          )}
        </div>
      </Sheet>
    </>
  );
}
