/** The register's page. */
import "./register.css";
import { render } from "preact";
import registerEn from "../../../locale/en/page_register.ftl?raw";
import moneyEn from "../../../locale/en/page_register_money.ftl?raw";
import peopleEn from "../../../locale/en/page_register_people.ftl?raw";
import registerZh from "../../../locale/zh/page_register.ftl?raw";
import moneyZh from "../../../locale/zh/page_register_money.ftl?raw";
import peopleZh from "../../../locale/zh/page_register_people.ftl?raw";
import { addTexts } from "@look/texts";
import "@look/theme";
import { followTour } from "@look/touring";
import { Register } from "./Register";

addTexts(registerEn, registerZh);
addTexts(moneyEn, moneyZh);
addTexts(peopleEn, peopleZh);
const place = document.querySelector("#app");
if (place) render(<Register />, place);
followTour();
