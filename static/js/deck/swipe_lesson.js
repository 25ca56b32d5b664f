// What a swipe does, on a touch screen, until it was read or somebody has swiped: once on this device.
const KEY = "swipe-lesson";

export class SwipeLesson {
  // node: the note with its button, null where the person may not decide; storage: localStorage or its like
  constructor(node, storage, isTouch) {
    Object.assign(this, { node, storage });
    if (!node || !isTouch || storage.getItem(KEY)) return;
    node.hidden = false;
    node.querySelector("button").addEventListener("click", () => this.close());
  }

  close() {
    if (!this.node || this.node.hidden) return;
    this.node.hidden = true;
    try {
      this.storage.setItem(KEY, "read");
    } catch {
      // No room: the note comes again.
    }
  }
}
