import type { StyleSpecification } from "maplibre-gl";

/** Our style, light or dark, labelled in a language. Errors: when it does not come. */
export async function loadStyle(isDark: boolean, locale: string): Promise<StyleSpecification> {
  const answer = await fetch(`/shop/v1/map/style.json?theme=${isDark ? "dark" : "light"}&lang=${locale}`);
  if (!answer.ok) throw new Error(`the map's style answered ${answer.status}`);
  const style = (await answer.json()) as StyleSpecification;
  for (const source of Object.values(style.sources)) {
    // Its worker has no address of its own to complete a tile's with.
    if ("tiles" in source) source.tiles = (source.tiles ?? []).map((tile) => location.origin + tile);
  }
  return style;
}
