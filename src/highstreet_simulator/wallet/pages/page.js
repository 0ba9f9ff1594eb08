/** The phone's parts follow the wallet; a tap asks it. */
const LOOK_MS = 1_000;
const said = document.querySelector("#said");
const now = document.querySelector("[data-now]")?.dataset.now;
const shown = {};

async function look() {
  if (!now || document.hidden) return;
  try {
    const answer = await fetch(now);
    if (!answer.ok) return;
    for (const [id, html] of Object.entries(await answer.json())) {
      if (shown[id] === html) continue;
      shown[id] = html;
      const part = document.getElementById(id);
      // A button is not taken from under a finger.
      if (part && !part.querySelector(":active")) part.innerHTML = html;
      else delete shown[id];
    }
  } catch {
    // The next look comes in a second.
  }
}

async function post(button) {
  button.disabled = true;
  said.textContent = "";
  try {
    const headers = { "Content-Type": "application/json", "X-Wallet": "page" };
    const answer = await fetch(button.dataset.post, { method: "POST", headers, body: button.dataset.body ?? "{}" });
    if (!answer.ok) said.textContent = (await answer.json()).say;
    else if (button.dataset.then === "reload") location.reload();
    await look();
  } catch {
    said.textContent = said.dataset.failed;
  } finally {
    button.disabled = false;
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).textContent.replaceAll(" ", ""));
  const was = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = was), 1_500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post], button[data-copies]");
  if (button?.dataset.post) void post(button);
  else if (button) void copy(button);
});
document.addEventListener("visibilitychange", () => void look());
setInterval(() => void look(), LOOK_MS);
