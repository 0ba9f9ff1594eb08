/** This device, and the codes it met. */
import { api, told, type Told } from "@look/api";

const DEVICE = "hs-device";
const CODE = "hs-code";
const DAY_MS = 86_400_000;

/** The id this browser made for itself once; it says nothing of the person. */
export function deviceId(): string {
  const kept = localStorage.getItem(DEVICE);
  if (kept) return kept;
  const made = newId("dev");
  localStorage.setItem(DEVICE, made);
  return made;
}

/** Tell that this device met a code, and where it leads; the code is remembered for a day. Errors: Problem. */
export async function touch(slug: string): Promise<Told["CodeLeadsTold"]> {
  const leads = await told(api.POST("/shop/v1/touches", { body: { id: newId("tch"), slug, device_id: deviceId() } }));
  localStorage.setItem(CODE, JSON.stringify({ slug, brand: leads.brand.brand_id, at: Date.now() }));
  return leads;
}

/** The code of this brand that led here within a day, for following and joining. */
export function arrivedBy(brandId: string): string | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(CODE) ?? "null") as { slug: string; brand: string; at: number } | null;
    return kept && kept.brand === brandId && Date.now() - kept.at < DAY_MS ? kept.slug : undefined;
  } catch {
    return undefined;
  }
}

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** A TypeID: the prefix, then a UUIDv7 in Crockford's base 32. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = BigInt(Date.now());
  for (let at = 5; at >= 0; at--) {
    bytes[at] = Number(now & 255n);
    now >>= 8n;
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  let value = bytes.reduce((whole, byte) => (whole << 8n) | BigInt(byte), 0n);
  let text = "";
  for (let at = 0; at < 26; at++) {
    text = LETTERS[Number(value & 31n)]! + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}
