import { Button, Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { depositLeft, minorOf, typedOf, type Order } from "./order";

/** An amount of what is left, typed or chosen; `problemOf` says in words what is wrong with it. */
export function AmountField({ order, typed, onType, error }: { order: Order; typed: string; onType: (typed: string) => void; error: string | undefined }) {
  const deposit = depositLeft(order);
  const choices: [words: string, minor: number][] = [];
  if (deposit > 0 && deposit < order.due_minor) choices.push([t("shop-order-the_deposit", { amount: money(deposit, order.currency) }), deposit]);
  choices.push([t("shop-order-all_left", { amount: money(order.due_minor, order.currency) }), order.due_minor]);
  return (
    <div class="grid gap-2">
      <Field label={`${t("shop-order-amount")} (${order.currency})`} inputMode="decimal" autoComplete="off" value={typed} error={error} onInput={(event) => onType(event.currentTarget.value)} />
      <div class="flex flex-wrap gap-2">
        {choices.map(([words, minor]) => (
          <Button key={minor} kind={minorOf(typed, order.currency) === minor ? "soft" : "plain"} class="border-base-300" onClick={() => onType(typedOf(minor, order.currency))}>
            {words}
          </Button>
        ))}
      </div>
    </div>
  );
}

/** What keeps this amount from being asked for, in words. */
export function amountProblem(order: Order, typed: string): string | undefined {
  const minor = minorOf(typed, order.currency);
  if (minor === undefined) return t("shop-order-amount_bad", { example: typedOf(order.due_minor, order.currency) });
  if (minor > order.due_minor) return t("shop-order-amount_most", { most: money(order.due_minor, order.currency) });
  return undefined;
}
