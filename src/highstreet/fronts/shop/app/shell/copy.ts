import { toast } from "@look/components";

/** Put a text where it can be pasted, and say so; a browser that does not let us shows it instead. */
export async function copyText(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(said, "copy");
  } catch {
    toast(text, "link");
  }
}
