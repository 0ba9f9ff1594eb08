/** This browser as a device, and ids made by it. */

const DEVICE = "hs-device";

/** The id this browser made for itself once; it says nothing of the person. */
export function deviceId(): string {
  const kept = localStorage.getItem(DEVICE);
  if (kept) return kept;
  const made = newId("dev");
  localStorage.setItem(DEVICE, made);
  return made;
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
