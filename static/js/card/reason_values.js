// Whether a reason says that a value is wrong, so that the person may know the right one.
export const isAboutValues = (reason) => /\b(severity|span|start|end|label|category)\b/i.test(reason);
