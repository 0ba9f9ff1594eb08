/** The register's page. */
import "./register.css";
import { render } from "preact";
import registerEn from "../../../locale/en/page_register.ftl?raw";
import registerZh from "../../../locale/zh/page_register.ftl?raw";
import { addTexts } from "@look/texts";
import "@look/theme";
import { followTour } from "@look/touring";
import { Register } from "./Register";

addTexts(registerEn, registerZh);
const place = document.querySelector("#app");
if (place) render(<Register />, place);
followTour();
