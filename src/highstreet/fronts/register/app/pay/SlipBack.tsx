/** The number of the slip that a card terminal made for what it gave back. */
import { Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { SLIP_LENGTH } from "./BySlip";

interface Props {
  amount: number;
  currency: string;
  value: string;
  onText: (text: string) => void;
  error?: string | undefined;
  required?: boolean;
  autofocus?: boolean;
}

export function SlipBack({ amount, currency, value, onText, ...more }: Props) {
  return <Field label={t("register-slip_back", { amount: money(amount, currency) })} hint={t("register-slip_back.hint")} maxLength={SLIP_LENGTH} autoComplete="off" value={value} onInput={(event) => onText(event.currentTarget.value)} {...more} />;
}
