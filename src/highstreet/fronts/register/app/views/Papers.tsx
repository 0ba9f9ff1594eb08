/** A sale's receipt and what a return paid out, on paper; shown to printers only. */
import { QrCode } from "@look/components";
import { money } from "@look/format";
import { named, t } from "@look/texts";
import { desk, registerName, view } from "../desk";
import { stage } from "../pay/charge";
import { railName } from "../pay/Outcome";
import { refund } from "./refund";
import { became, type Became } from "./Returned";

interface Row {
  words: string;
  amount: string;
}

interface Props {
  title?: string;
  at: string | null | undefined;
  goods: Row[];
  total: string;
  tenders: Row[];
  code: string;
}

export function SalePaper() {
  const now = stage.value;
  const here = desk.value;
  if (now.at !== "paid" || !here) return null;
  const { sale } = now;
  const shown = (minor: number) => money(minor, sale.currency ?? here.currency);
  const lines = sale.lines ?? [];
  const discounts = sale.discounts ?? [];
  const tenders = sale.tenders ?? [];
  return (
    <Paper
      at={sale.paid_at}
      goods={[
        ...lines.map((line) => ({ words: `${line.quantity} × ${named(line.name_en, line.name_zh)}`, amount: shown(line.net_minor + line.discount_minor) })),
        ...discounts.map((one) => ({ words: `(${named(one.title_en, one.title_zh)})`, amount: `−${shown(one.amount_minor)}` })),
      ]}
      total={shown(sale.total_minor ?? 0)}
      tenders={tenders.map((one) => ({
        words: railName(one.rail) + (one.change_minor > 0 ? ` · ${t("register-change")} ${shown(one.change_minor)}` : ""),
        amount: shown(one.amount_minor),
      }))}
      code={sale.sale_id}
    />
  );
}

/** What a shopper reads of money that is not back yet. */
const STILL_OUT: Record<Became, () => string> = {
  refused: () => ` · ${t("register-paper_refused")}`,
  owed: () => ` · ${t("register-paper_owed")}`,
  under_way: () => ` · ${t("register-paper_under_way")}`,
  given: () => "",
};

export function RefundPaper() {
  const now = refund.value;
  if (now.at !== "done" || view.value !== "refund") return null;
  const { answer, receipt } = now;
  const shown = (minor: number) => money(minor, answer.currency);
  const nameOf = (lineNo: number) => {
    const sold = receipt?.lines.find((one) => one.line_no === lineNo);
    return sold ? named(sold.name_en, sold.name_zh) : "";
  };
  const title = t(answer.lines.length ? "register-refund" : "register-amount_back");
  return (
    <Paper
      title={answer.is_training ? `${title} · ${t("register-training")}` : title}
      at={answer.at}
      goods={answer.lines.map((line) => ({ words: `${line.quantity} × ${nameOf(line.line_no)}`, amount: shown(line.refund_minor) }))}
      total={`−${shown(answer.refund_minor)}`}
      tenders={answer.refunds.map((one) => ({ words: railName(one.rail) + STILL_OUT[became(one)](), amount: `−${shown(one.amount_minor)}` }))}
      code={answer.sale_id}
    />
  );
}

function Paper({ title, at, goods, total, tenders, code }: Props) {
  const here = desk.value;
  if (!here) return null;
  return (
    <div class="paper" aria-hidden="true">
      <p>
        <b>{named(here.brand_name_en, here.brand_name_zh)}</b>
        <br />
        {named(here.place.name_en, here.place.name_zh)} · {registerName()}
        <br />
        {at && new Date(at).toLocaleString(undefined, { timeZone: here.time_zone })}
      </p>
      {title && (
        <p>
          <b>{title}</b>
        </p>
      )}
      <table class="w-full">
        <tbody>
          <Rows of={goods} />
          <tr>
            <td>
              <b>{t("register-total")}</b>
            </td>
            <td class="figures text-right">
              <b>{total}</b>
            </td>
          </tr>
          <Rows of={tenders} />
        </tbody>
      </table>
      <QrCode text={code} label="" class="w-32" />
      <p>{code}</p>
    </div>
  );
}

function Rows({ of: rows }: { of: Row[] }) {
  return (
    <>
      {rows.map(({ words, amount }, n) => (
        // Nothing moves on paper.
        // oxlint-disable-next-line react/no-array-index-key
        <tr key={n}>
          <td>{words}</td>
          <td class="figures text-right">{amount}</td>
        </tr>
      ))}
    </>
  );
}
