/** Coming by a code: a poster's, an assistant's, a shelf's. */
import { signal } from "@preact/signals";
import { Problem, type Told } from "@look/api";
import { touch } from "../shell/device";
import { setFilters } from "./state";

/** What the code that led here says; undefined when there was none, or it was put away. */
export const arrival = signal<{ leads: Told["CodeLeadsTold"] } | "unknown" | undefined>(undefined);

const told = new Set<string>();

/** Tell that the code was met, once a visit; the address of the place that it leads to, if it leads to one. Errors: Problem. */
export async function arrive(slug: string): Promise<string | undefined> {
  if (told.has(slug)) return undefined;
  told.add(slug);
  try {
    const leads = await touch(slug);
    arrival.value = { leads };
    if (leads.place) return `/shop/places/${leads.brand.brand_id}/${leads.place.place_id}`;
    setFilters({ brandId: leads.brand.brand_id });
    return undefined;
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 422)) {
      arrival.value = "unknown";
      return undefined;
    }
    told.delete(slug);
    throw error;
  }
}
