// A drag over the picture that does not play, swipe, zoom or scroll: by mouse, pen or finger.

// Where in the picture the pointer is, as parts of it, and how long a CSS pixel is there. svg: lies over the picture.
export function pointAt(svg, { clientX, clientY }) {
  const { width, height } = svg.viewBox.baseVal;
  const matrix = svg.getScreenCTM();
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
  return { x: x / width, y: y / height, px: [1 / (matrix.a * width), 1 / (matrix.d * height)] };
}

// take(event): whether a drag begins here; hover(event): the pointer moves without one
export function onDrag(screen, { take, move, release = () => {}, hover = () => {} }) {
  let isHeld = false;
  let hasMoved = false;
  const own = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  // Captured, before a click plays and a finger swipes.
  const on = (name, run) => screen.addEventListener(name, run, { capture: true, passive: false });
  on("pointerdown", (event) => {
    hasMoved = false;
    isHeld = event.button === 0 && event.isPrimary && take(event);
    if (!isHeld) return;
    own(event);
    screen.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    if (!isHeld) return hover(event);
    own(event);
    hasMoved = true;
    move(event);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    on(name, () => {
      if (isHeld) release();
      isHeld = false;
    });
  }
  on("touchstart", (event) => isHeld && event.preventDefault());
  on("click", (event) => {
    if (hasMoved) event.stopPropagation();
    hasMoved = false;
  });
}
