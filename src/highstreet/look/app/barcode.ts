/** Code 128 as widths of bars and gaps in turn, a bar first. */
import draw from "jsbarcode";

/** Errors: an exception for a text that Code 128 cannot hold. */
export function bars128(text: string): number[] {
  const made: { encodings?: { data: string }[] } = {};
  draw(made, text, { format: "CODE128", displayValue: false });
  const modules = (made.encodings ?? []).map((part) => part.data).join("");
  return (modules.match(/1+|0+/g) ?? []).map((run) => run.length);
}
