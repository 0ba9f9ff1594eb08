/** What the page does in the background once it is calm. */
export default function start(): void {
  // Half B fills this in.
}
