/** Elements of their own for pages that the server draws: `<qr-code text label>` and `<count-down seconds words>`. */

/** A QR code, black on white in either theme, so that every scanner reads it. */
class QrCodeElement extends HTMLElement {
  async connectedCallback(): Promise<void> {
    const { encode } = await import("uqr");
    const code = encode(this.getAttribute("text") ?? "", { ecc: "M", border: 0 });
    const path = code.data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("viewBox", `-3 -3 ${code.size + 6} ${code.size + 6}`);
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", this.getAttribute("label") ?? "");
    made.setAttribute("shape-rendering", "crispEdges");
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
    drawn.setAttribute("d", path);
    drawn.setAttribute("fill", "#000");
    made.append(drawn);
    this.replaceChildren(made);
  }
}

/** Minutes and seconds that are left, within `words` in place of {}; the clock of the device may be wrong, so it only measures. */
class CountDownElement extends HTMLElement {
  #timer = 0;
  #ends = 0;

  connectedCallback(): void {
    this.#ends = performance.now() + Number(this.getAttribute("seconds")) * 1_000;
    this.#draw();
    this.#timer = window.setInterval(() => this.#draw(), 1_000);
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }

  #draw(): void {
    const left = Math.max(0, Math.round((this.#ends - performance.now()) / 1_000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.textContent = (this.getAttribute("words") ?? "{}").replace("{}", time);
  }
}

customElements.define("qr-code", QrCodeElement);
customElements.define("count-down", CountDownElement);
