/** The shapes that the register's API asks for and tells, by route. */
import type { paths } from "@look/generated/api";

type Answers<P extends keyof paths, M extends "get" | "post"> = paths[P][M] extends { responses: { 200: { content: { "application/json": infer T } } } } ? T : never;
type Asks<P extends keyof paths> = paths[P]["post"] extends { requestBody: { content: { "application/json": infer T } } } ? T : never;

export type DeskTold = Answers<"/register/v1/me", "get">;
/** `available` null: nobody knows, without a network. */
export type GoodsTold = Omit<Answers<"/register/v1/goods", "get">[number], "available"> & { available: number | null };
export type QuoteAsked = Asks<"/register/v1/quotes">;
export type QuoteTold = Answers<"/register/v1/quotes", "post">;
export type HintTold = QuoteTold["coupons"][number];
export type SaleAsked = Asks<"/register/v1/sales">;
export type SaleTold = Answers<"/register/v1/sales", "post">;
export type SeenTold = Answers<"/register/v1/sales", "get">["sales"][number];
export type OrderTold = Answers<"/register/v1/orders", "get">;
export type ClerkTold = Answers<"/register/v1/clerks", "get">[number];
export type SignedInTold = Answers<"/register/v1/clerk", "post">;
export type ApprovalAsked = Asks<"/register/v1/approvals">;
export type AllowanceAsked = Asks<"/register/v1/sales/{sale_id}/allowances">;
export type PartTold = NonNullable<OrderTold["parts"]>[number];
export type PartAsked = Asks<"/register/v1/sales/{sale_id}/tenders">;
export type RailsTold = Answers<"/register/v1/rails", "post">;
export type RailTold = RailsTold["rails"][number];
export type SplitTold = RailsTold["splits"][number];
export type DayTold = Answers<"/register/v1/day", "get">;
export type MoveAsked = Asks<"/register/v1/drawer/moves">;
export type CountAsked = Asks<"/register/v1/day/count">;
export type CountTold = Answers<"/register/v1/day/count", "post">;
export type ReceiptTold = Answers<"/register/v1/receipt", "get">;
export type PreviewTold = Answers<"/register/v1/returns/preview", "post">;
export type ReturnAsked = Asks<"/register/v1/returns">;
export type ReturnTold = Answers<"/register/v1/returns", "post">;
export type ShiftTold = Answers<"/register/v1/shift", "get">;

/** A part of a price's proof that concerns one line. */
export interface ProofPart {
  offer_id: string;
  coupon_id: string | null;
  amount_minor: number;
}

/** The parts of each line, by line number. */
export function partsOf(quote: QuoteTold): Map<number, ProofPart[]> {
  const lines = (quote.proof as { lines?: { line_no: number; parts: ProofPart[] }[] }).lines ?? [];
  return new Map(lines.map((line) => [line.line_no, line.parts]));
}
