/** The shopper's page. */
import "./shop.css";
import { render } from "preact";
import shopEn from "../../../locale/en/page_shop.ftl?raw";
import shopZh from "../../../locale/zh/page_shop.ftl?raw";
import { addTexts } from "@look/texts";
import "@look/theme";
import { followTour } from "@look/touring";
import { takeOver } from "./map/first";
import { Shop } from "./Shop";
import { whenCalm } from "./shell/calm";

addTexts(shopEn, shopZh);
const place = document.querySelector("#app");
if (place) render(<Shop />, place);
takeOver();
void whenCalm()
  .then(followTour)
  .then(() => import("./me/start"))
  .then((found) => found.default());
