/** Following a brand, joining it, and consenting: always what the shopper ticked, each purpose by itself. */
import { api, Problem, told, type Told } from "@look/api";
import { arrivedBy, newId } from "../shell/device";
import { learnMe } from "../shell/who";
import { changes } from "./live";

export type Purpose = Told["ConsentTold"]["purpose"];
/** In the order in which they are asked for. */
export const PURPOSES: readonly Purpose[] = ["service", "offers", "measurement", "insights"];

/** Errors: Problem. */
export async function followBrand(brandId: string, purposes: readonly Purpose[], joins: boolean): Promise<Told["FollowingTold"]> {
  const ask = (slug: string | undefined) =>
    told(
      api.PUT("/shop/v1/brands/{brand_id}/follow", {
        params: { path: { brand_id: brandId } },
        body: {
          entry: "shop",
          joins,
          purposes: [...purposes],
          consent_ids: purposes.map(() => newId("cst")),
          member_id: newId("mbr"),
          code_slug: slug ?? null,
        },
      }),
    );
  const slug = arrivedBy(brandId);
  let done: Told["FollowingTold"];
  try {
    done = await ask(slug);
  } catch (error) {
    // A code that was taken down meanwhile keeps nobody from following.
    if (!(slug && error instanceof Problem && error.status === 404)) throw error;
    done = await ask(undefined);
  }
  await learnMe();
  changes.value++;
  return done;
}

/** Errors: Problem. */
export async function withdraw(brandId: string, purpose: Purpose): Promise<void> {
  await told(api.DELETE("/shop/v1/brands/{brand_id}/consents/{purpose}", { params: { path: { brand_id: brandId, purpose } } }));
  changes.value++;
}
