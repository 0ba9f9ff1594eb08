/** What this device keeps for the time without a network: one database for each register, never cleared by us. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { newId } from "@look/device";
import type { paths } from "@look/generated/api";

export type PriceListTold = paths["/register/v1/pricelist"]["get"]["responses"][200]["content"]["application/json"];
export type JournalTold = paths["/register/v1/journal"]["post"]["responses"][200]["content"]["application/json"];
export type ListedGoods = PriceListTold["goods"][number] & { part: string };
export type OfflineOffer = PriceListTold["offers"][number];

/** An entry as it is sent and hashed. */
export interface Sent {
  seq: number;
  at: string;
  prev_hash: string;
  kind: "sale" | "note";
  body: Record<string, unknown>;
}

/** An entry of the journal; `state` is set by the server's answer. */
export interface Entry {
  seq: number;
  sent: Sent;
  hash: string;
  saleId: string;
  state?: JournalTold["results"][number]["state"];
  problem?: JournalTold["results"][number]["problem"];
}

/** A part of the price list as the server told it last. */
export interface Part {
  after: string;
  etag: string;
  next: string | null;
}

/** What the list says beside its goods. */
export interface ListFacts {
  currency: string;
  hasMemberPrice: boolean;
  offers: OfflineOffer[];
  at: number;
}

interface Schema extends DBSchema {
  entries: { key: number; value: Entry; indexes: { sale: string } };
  goods: { key: string; value: ListedGoods; indexes: { part: string } };
  parts: { key: string; value: Part };
  facts: { key: string; value: string | ListFacts };
}

let opening: Promise<IDBPDatabase<Schema>> | undefined;
let opened = "";

/** The register's own. Errors: DOMException where the browser keeps nothing. */
export function store(registerId: string): Promise<IDBPDatabase<Schema>> {
  if (opening && opened === registerId) return opening;
  opened = registerId;
  opening = openDB<Schema>(`highstreet-register-${registerId}`, 1, {
    upgrade(db) {
      db.createObjectStore("entries", { keyPath: "seq" }).createIndex("sale", "saleId");
      db.createObjectStore("goods", { keyPath: "gtin" }).createIndex("part", "part");
      db.createObjectStore("parts", { keyPath: "after" });
      // The journal's id is made with its storage: a device that lost one shows it by the other.
      db.createObjectStore("facts").put(newId("jrn"), "journal_id");
    },
  }).catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}
