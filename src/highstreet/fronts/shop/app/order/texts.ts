/** The words of the pages in this folder. */
import en from "../../../../locale/en/page_shop_order.ftl?raw";
import zh from "../../../../locale/zh/page_shop_order.ftl?raw";
import { addTexts } from "@look/texts";

addTexts(en, zh);
