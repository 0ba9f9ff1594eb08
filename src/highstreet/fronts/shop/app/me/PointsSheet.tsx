import { useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Failed, Sheet, Skeleton, toastProblem } from "@look/components";
import { day, number } from "@look/format";
import { named, t, type TextKey } from "@look/texts";
import { changes, receiptPath } from "./live";

const WORDS: Record<string, TextKey> = { earn: "shop-me-earned", reverse: "shop-me-taken_back", spend: "shop-me-spent", restore: "shop-me-given_back" };

interface Props {
  membership: Told["MembershipTold"];
  isOpen: boolean;
  onClose: () => void;
}

/** What points came from and went to. */
export function PointsSheet({ membership, isOpen, onClose }: Props) {
  const name = named(membership.brand.name_en, membership.brand.name_zh);
  return (
    <Sheet title={t("shop-me-points_with", { brand: name })} isOpen={isOpen} onClose={onClose}>
      {isOpen && <History brandId={membership.brand.brand_id} />}
    </Sheet>
  );
}

function ask(brandId: string, after?: { next_before: string | null; next_before_id: string | null }) {
  const query = after?.next_before ? { before: after.next_before, before_id: after.next_before_id } : {};
  return told(api.GET("/shop/v1/memberships/{brand_id}/points", { params: { path: { brand_id: brandId }, query } }));
}

function History({ brandId }: { brandId: string }) {
  const first = useAsk(() => ask(brandId), [brandId, changes.value]);
  const [older, setOlder] = useState<Awaited<ReturnType<typeof ask>>[]>([]);
  const [isBusy, setBusy] = useState(false);
  if (!first.data) return first.problem ? <Failed problem={first.problem} onRetry={first.again} /> : <Skeleton lines={6} class="h-12 w-full" />;
  const pages = [first.data, ...older];
  const last = pages.at(-1);
  const { points_available, points_pending } = first.data.membership;
  const entries = pages.flatMap((page) => page.entries);

  async function more(): Promise<void> {
    setBusy(true);
    try {
      const next = await ask(brandId, last);
      setOlder((was) => [...was, next]);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="grid gap-5">
      <dl class="grid grid-cols-2 gap-3">
        <div class="rounded-box bg-base-200 p-4">
          <dt class="quiet text-sm">{t("shop-me-available")}</dt>
          <dd class="figures text-2xl font-semibold">{number(points_available)}</dd>
        </div>
        <div class="rounded-box bg-base-200 p-4">
          <dt class="quiet text-sm">{t("shop-me-pending")}</dt>
          <dd class="figures text-2xl font-semibold">{number(points_pending)}</dd>
        </div>
      </dl>
      <p class="quiet text-sm">{t("shop-me-pending_why")}</p>
      {entries.length === 0 ? (
        <p class="py-4 text-center">{t("shop-me-points_empty")}</p>
      ) : (
        <ul class="divide-y divide-base-300">
          {entries.map((entry) => (
            <li key={entry.entry_id}>
              <a class="flex min-h-14 items-center gap-3 py-2" href={receiptPath(brandId, entry.sale_id)}>
                <span class="grid flex-1">
                  <span>{t(WORDS[entry.kind] ?? "shop-me-taken_back")}</span>
                  <span class="quiet text-sm">
                    {day(entry.at)}
                    {entry.kind === "earn" && entry.state === "pending" && ` · ${t("shop-me-matures", { day: day(entry.matures_at) })}`}
                  </span>
                </span>
                <span class="figures font-semibold">
                  {entry.kind === "earn" || entry.kind === "restore" ? "+" : "−"}
                  {number(entry.points)}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {last?.next_before && (
        <Button kind="soft" isWide isBusy={isBusy} onClick={() => void more()}>
          {t("shop-me-older")}
        </Button>
      )}
    </div>
  );
}
