/** What is wider than its window, cut off, or beyond its box; "(short) …" where an ellipsis is meant. The camera runs it. */
() => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth + 1) found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
  const says = (element) =>
    `${element.tagName.toLowerCase()}.${String(element.className).slice(0, 60)} "${element.textContent.trim().slice(0, 50)}"`;
  const scrolls = (style) => /auto|scroll/.test(style.overflowX);
  const cuts = (style) => /hidden|clip/.test(style.overflowX);
  // Maps and what only a screen reader is told are laid out elsewhere.
  const passed = "script, style, template, svg, .map-layer, .town-map, .sr-only, [hidden]";

  /** What this box does to a text that reaches from left to right within it; true ends the way up. */
  function judge(at, element, left, right) {
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    if (box.width <= 1 || (at !== element && scrolls(style))) return true;
    if (style.textOverflow === "ellipsis" && cuts(style)) {
      if (at.scrollWidth > at.clientWidth + 1) found.push(`(short) ${says(at)}`);
      return true;
    }
    if (cuts(style) && (right > box.right + 1.5 || left < box.left - 1.5)) {
      found.push(`cut off: ${says(element)}`);
      return true;
    }
    if (at !== element) return false;
    const isFree = style.display !== "inline" && !cuts(style) && !scrolls(style);
    if (isFree && right > box.right + 1.5) found.push(`beyond its box: ${says(element)}`);
    const isLow = /hidden|clip/.test(style.overflowY) && at.scrollHeight > at.clientHeight + 3;
    if (isLow && style.webkitLineClamp === "none") found.push(`cut below: ${says(element)}`);
    return false;
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || seen.has(element) || element.closest(passed)) continue;
    seen.add(element);
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    if (!boxes.length) continue;
    const left = Math.min(...boxes.map((box) => box.left));
    const right = Math.max(...boxes.map((box) => box.right));
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
      if (judge(at, element, left, right)) break;
    }
  }
  return found;
}
