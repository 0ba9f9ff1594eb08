/** Categories, stock and hours in words. */
import { locale, t, type TextKey } from "@look/texts";

const CATEGORIES: Record<string, TextKey> = {
  "books and gifts": "shop-category_books",
  "coffee and bakery": "shop-category_coffee",
  cosmetics: "shop-category_cosmetics",
  electronics: "shop-category_electronics",
  "everyday clothing": "shop-category_everyday",
  "flowers and plants": "shop-category_flowers",
  "furniture and design": "shop-category_furniture",
  groceries: "shop-category_groceries",
  "jewellery and watches": "shop-category_jewellery",
  menswear: "shop-category_menswear",
  opticians: "shop-category_opticians",
  "shoes and bags": "shop-category_shoes",
  "sports and outdoor": "shop-category_sports",
  "toys and children": "shop-category_toys",
  "women's fashion": "shop-category_womenswear",
};

/** A brand says in English what it sells; known ones have a name in each language. */
export function categoryName(category: string): string {
  void locale.value;
  const key = CATEGORIES[category.toLowerCase()];
  return key ? t(key) : category;
}

const SIGNS: Record<string, string> = {
  "books and gifts": "book",
  "coffee and bakery": "cup",
  cosmetics: "lipstick",
  electronics: "phone",
  "everyday clothing": "clothes",
  "flowers and plants": "leaf",
  "furniture and design": "sofa",
  groceries: "basket",
  "jewellery and watches": "gem",
  menswear: "clothes",
  opticians: "glasses",
  "shoes and bags": "shoe",
  "sports and outdoor": "peak",
  "toys and children": "blocks",
  "women's fashion": "clothes",
};

/** The sign on the pins of what sells this. */
export function categorySign(category: string | undefined): string | undefined {
  return category && SIGNS[category.toLowerCase()];
}

const STOCK: Record<string, [TextKey, "good" | "warn" | "plain"]> = {
  in_stock: ["shop-stock_in_stock", "good"],
  few_left: ["shop-stock_few_left", "warn"],
  ask: ["shop-stock_ask", "plain"],
};

export function stockWords(stock: string): { text: string; tone: "good" | "warn" | "plain" } {
  const [key, tone] = STOCK[stock] ?? ["shop-stock_ask", "plain"];
  return { text: t(key), tone };
}
