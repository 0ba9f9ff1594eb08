/** By which ways the money goes back, told before anything is done; a slip's number is asked for only where one is needed. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, told } from "@look/api";
import { money } from "@look/format";
import { t } from "@look/texts";
import { SLIP_LENGTH } from "../pay/BySlip";
import { railName } from "../pay/Outcome";
import { SlipBack } from "../pay/SlipBack";
import { beep } from "../sound";
import type { PreviewTold, ReceiptTold } from "../told";
import { itemsOf } from "./refund";

/** `slipsFor`: the slips to send; undefined while one is missing: its field has the focus then. */
export function useWaysBack(receipt: ReceiptTold, pieces: Map<number, number>, first: string[]) {
  const items = itemsOf(pieces);
  const key = JSON.stringify(items);
  const [seen, setSeen] = useState<{ key: string; told: PreviewTold | undefined }>();
  const [slips, setSlips] = useState(first);
  const [lacks, setLacks] = useState(0);
  const asking = useRef<{ key: string; answer: Promise<PreviewTold | undefined> } | undefined>(undefined);
  const list = useRef<HTMLDivElement>(null);

  function look(): Promise<PreviewTold | undefined> {
    if (asking.current?.key === key) return asking.current.answer;
    // Whoever cannot be asked now refuses, or answers, when the return itself is sent.
    const answer = told(api.POST("/register/v1/returns/preview", { body: { sale_id: receipt.sale_id, items } })).catch(() => undefined);
    asking.current = { key, answer };
    void answer.then((told) => asking.current?.key === key && setSeen({ key, told }));
    return answer;
  }
  useEffect(() => {
    if (items.length) void look();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const fields = () => [...(list.current?.querySelectorAll("input") ?? [])];
  useLayoutEffect(() => {
    if (lacks) fields().find((one) => !one.value.trim())?.focus();
  }, [lacks]);

  async function slipsFor(): Promise<string[] | undefined> {
    const preview = await look();
    const needed = preview?.refunds.filter((one) => one.needs_slip) ?? [];
    const numbers = needed.map((_, n) => slips[n]?.trim() ?? "");
    if (numbers.every(Boolean)) return numbers;
    beep("bad");
    setSeen({ key, told: preview });
    setLacks(lacks + 1);
    return undefined;
  }
  /** A scan into a slip's field is its number. */
  function scanned(text: string): boolean {
    const at = fields().indexOf(document.activeElement as HTMLInputElement);
    if (at >= 0) set(at, text);
    return at >= 0;
  }
  function set(at: number, text: string): void {
    setSlips(Object.assign([...slips], { [at]: text.slice(0, SLIP_LENGTH) }));
  }
  const shown = items.length && seen?.key === key ? (seen.told?.refunds ?? []) : [];
  const bySlip = shown.filter((one) => one.needs_slip);
  const view = shown.length > 0 && (
    <div ref={list} class="grid gap-4">
      <ul class="grid gap-1" aria-label={t("register-refund_ways")}>
        {shown.map((one, n) => (
          <li key={`${one.rail} ${String(n)}`} class="flex justify-between gap-4">
            <span>{railName(one.rail)}</span>
            <span class="figures font-semibold">{money(one.amount_minor, receipt.currency)}</span>
          </li>
        ))}
      </ul>
      {bySlip.map((one, n) => (
        <SlipBack key={`slip ${String(n)}`} amount={one.amount_minor} currency={receipt.currency} error={lacks && !slips[n]?.trim() ? t("register-parts_missing") : undefined} value={slips[n] ?? ""} onText={(text) => set(n, text)} />
      ))}
    </div>
  );
  return { slipsFor, scanned, view };
}
