/** The codes that this device met. */
import { api, told, type Told } from "@look/api";
import { deviceId, newId } from "@look/device";

export { deviceId, newId };

const CODE = "hs-code";
const DAY_MS = 86_400_000;

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
