import { Icon } from "@look/components";
import { said } from "../desk";

/** What was said last to whoever stands at the register. */
export function Words() {
  const message = said.value;
  if (!message) return null;
  return (
    <p class={`flex gap-3 rounded-2xl px-5 py-3 ${message.tone === "bad" ? "bg-error text-error-content" : "bg-secondary text-secondary-content"}`} role="status">
      <Icon name={message.tone === "bad" ? "alert" : "check-circle"} /> <span>{message.text}</span>
    </p>
  );
}
