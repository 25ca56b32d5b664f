// Neither end of a span that a person gives lies after the end of the clip; one that the vendor gave may.
// duration: of the clip in seconds, NaN where it is not known
export function limitSpan({ elements }, duration) {
  for (const field of [elements.correct_start_s, elements.correct_end_s]) {
    const last = Math.max(Math.ceil(duration * 100) / 100, Number(field.defaultValue));
    field.max = Number.isFinite(last) ? last : "";
  }
}
