/** The words of the pages in this folder; each page imports this, so that the map need not wait for them. */
import "./me.css";
import en from "../../../../locale/en/page_shop_me.ftl?raw";
import zh from "../../../../locale/zh/page_shop_me.ftl?raw";
import { addTexts } from "@look/texts";

addTexts(en, zh);
